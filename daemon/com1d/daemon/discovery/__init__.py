"""Discovery of VMs, one module for each way. What they find goes to `daemon.population`."""

from com1d.daemon.discovery.base import Sighting, Source, Tell
from com1d.daemon.discovery.directory import Directory
from com1d.daemon.discovery.libvirt import Domains
from com1d.daemon.discovery.proxmox import Node


__all__ = ["Directory", "Domains", "Node", "Sighting", "Source", "Tell"]

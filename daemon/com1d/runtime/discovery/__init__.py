"""Finding VMs, one small module for each way. What they find goes to `runtime.population`."""

from com1d.runtime.discovery.base import Sighting, Source, Tell
from com1d.runtime.discovery.directory import Directory
from com1d.runtime.discovery.libvirt import Domains


__all__ = ["Directory", "Domains", "Sighting", "Source", "Tell"]

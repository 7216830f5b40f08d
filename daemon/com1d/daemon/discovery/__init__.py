"""Discovery of VMs, one module for each way. What they find goes to `daemon.population`."""

from com1d.daemon.discovery.base import Sighting, Source, Tell


__all__ = ["Sighting", "Source", "Tell"]

"""com1d: a serial console server for hypervisor hosts. ARCHITECTURE.md is the map of its code."""

"""com1d: a serial console server for hypervisor hosts. The map of the house is ARCHITECTURE.md."""

"""The boot diagnostics log, as far as it is pure: formats, boots, what to keep."""

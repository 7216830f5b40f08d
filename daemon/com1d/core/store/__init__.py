"""The pure part of the boot diagnostics log: formats, signs of boots, retention."""

"""Sessions of a console: which is active, and when one is idle."""

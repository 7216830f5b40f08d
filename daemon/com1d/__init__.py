"""com1d: a serial console server for hypervisor hosts. ARCHITECTURE.md is the map of its code."""

from typing import Final


VERSION: Final = "0.1.0"
"""The same as in pyproject.toml, which a test holds. Asking the installed package for it takes a
tenth of a start."""

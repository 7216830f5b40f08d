"""The control characters that a serial console gives a meaning."""

from typing import Final


NUL: Final = 0x00
ETX: Final = 0x03
"""Ctrl+C."""
BS: Final = 0x08
TAB: Final = 0x09
LF: Final = 0x0A
CR: Final = 0x0D
ESC: Final = 0x1B
SPACE: Final = 0x20
DEL: Final = 0x7F
"""The last 7-bit code: what lies above is no character to this guest."""

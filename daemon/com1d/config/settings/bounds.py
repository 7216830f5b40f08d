"""The lowest and the highest value of settings, and why. Sizes are bytes, times seconds."""

from typing import Final

from com1d.config.settings.units import DAY, GIB, HOUR, KIB, MIB


SCROLLBACK: Final = (4 * KIB, 64 * MIB)
"""Below it, one 80x24 screen in colour may not fit; above it, 1,000 consoles could take 64 GB."""

LOG_SIZE: Final = (64 * KIB, 1024 * GIB)
"""Below it, not even one boot fits; above it is a typing error: three years at line rate."""

LOG_TOTAL: Final = (MIB, 1024 * 1024 * GIB)
"""Below it, four consoles do not have the least that each keeps; above it is a typing error."""

LOG_KEEP: Final = (HOUR, 3650 * DAY)
"""An hour is too short to notice that a console was left out of the configuration by mistake."""

PIPE_SIZE: Final = (4 * KIB, 64 * MIB)
"""A FIFO holds at least one page; its memory is the kernel's and is never swapped out."""

IDLE_TIMEOUT: Final = (10, 7 * DAY)
"""Below it, nobody could read the warning; above it, a whole weekend has gone by."""

PASTE_LIMITS: Final = (1, 65536)
"""Characters: the most still takes a line of 115200 baud six seconds, while nobody can type."""

INSTANCE: Final = (0, 999_999_999)
"""Numbers of instances in a scale set. They are never used again, so they exceed the set's size."""

DATA_BITS: Final = (5, 8)
STOP_BITS: Final = (1, 2)
"""What termios(3) has names for."""

MAX_CLIENTS: Final = (1, 65536)
"""Each takes a file descriptor, and the usual hard limit of a service is 524,288 for everything."""

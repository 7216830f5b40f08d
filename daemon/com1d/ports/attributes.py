"""Attributes of a terminal device that carries a guest's bytes unchanged (raw)."""

import termios
from typing import Any, Final, TypeAlias


Attributes: TypeAlias = list[Any]
"""As `termios.tcgetattr` gives them: four flag words, two speeds, the control characters."""

TTY_CAPACITY: Final = 20_848
"""One-byte writes that a pty takes while nobody reads (measured, kernel 6.18)."""

TTY_BULK: Final = 2048
"""Half of what one read of a tty returns at most: 4,095 bytes."""

IFLAG: Final = 0
OFLAG: Final = 1
CFLAG: Final = 2
LFLAG: Final = 3
CC: Final = 6


def raw(found: Attributes) -> Attributes:
    """Give `found` with all processing off (cfmakeraw in termios(3)), the speed untouched.

    VMIN is 1: with 0, as pyserial sets it, a non-blocking read of an idle line returns no bytes
    instead of EAGAIN, and that reads like a hang-up.
    """
    attributes = [*found[:CC], list(found[CC])]
    attributes[IFLAG] &= ~(
        termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP
        | termios.INLCR | termios.IGNCR | termios.ICRNL | termios.IXON
    )  # fmt: skip
    attributes[OFLAG] &= ~termios.OPOST
    attributes[LFLAG] &= ~(
        termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN
    )
    attributes[CFLAG] &= ~(termios.CSIZE | termios.PARENB)
    attributes[CFLAG] |= termios.CS8
    attributes[CC][termios.VMIN] = 1
    attributes[CC][termios.VTIME] = 0
    return attributes


def without_hangup(attributes: Attributes) -> Attributes:
    """Give `attributes` without HUPCL, so that closing does not drop DTR and reset the far end."""
    return [*attributes[:CFLAG], attributes[CFLAG] & ~termios.HUPCL, *attributes[CFLAG + 1 :]]

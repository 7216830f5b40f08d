"""How much of a line is not read yet."""

import fcntl
import sys
import termios
from typing import Final


INT_BYTES: Final = 4
"""A C int, as ioctl() gives it."""


def unread(fd: int) -> int:
    """Ask the kernel, in bytes. Raises `OSError` where the line is gone."""
    answer = fcntl.ioctl(fd, termios.FIONREAD, bytes(INT_BYTES))
    return int.from_bytes(answer, sys.byteorder)

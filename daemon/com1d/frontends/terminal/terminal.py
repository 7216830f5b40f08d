"""The user's terminal, raw for the time of a session."""

import contextlib
import termios
import tty
from typing import Self


class RawTerminal:
    """A context in which the terminal hands every byte over as it is."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __enter__(self) -> Self:
        self._saved = termios.tcgetattr(self._fd)
        # TCSANOW: the other two wait for output to drain, on a stuck terminal for ever.
        tty.setraw(self._fd, termios.TCSANOW)
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(termios.error):  # hung up: nobody is left to restore it for
            # Late answers of the terminal would be typed at the user's shell.
            termios.tcflush(self._fd, termios.TCIFLUSH)
            termios.tcsetattr(self._fd, termios.TCSANOW, self._saved)

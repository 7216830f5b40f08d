"""The user's terminal, raw for the time of a session."""

import contextlib
import os
import signal
import termios
import tty
from typing import Self


class RawTerminal:
    """A context in which the terminal hands every byte over as it is."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __enter__(self) -> Self:
        self._saved = termios.tcgetattr(self._fd)
        self._take()
        return self

    def __exit__(self, *_: object) -> None:
        self._give_back()

    @property
    def has_jobs(self) -> bool:
        """Whether a shell started this process as a job, which it can continue."""
        return os.getsid(0) != os.getpgrp()

    def suspend(self) -> None:
        """Stop this job as Ctrl-Z would, with the terminal as it was; return when it goes on."""
        self._give_back()
        os.killpg(os.getpgrp(), signal.SIGTSTP)
        self._take()

    def _take(self) -> None:
        # TCSANOW: the other two wait for output to drain, on a stuck terminal for ever.
        tty.setraw(self._fd, termios.TCSANOW)

    def _give_back(self) -> None:
        with contextlib.suppress(termios.error):  # hung up: nobody is left to restore it for
            # Late answers of the terminal would be typed at the user's shell.
            termios.tcflush(self._fd, termios.TCIFLUSH)
            termios.tcsetattr(self._fd, termios.TCSANOW, self._saved)

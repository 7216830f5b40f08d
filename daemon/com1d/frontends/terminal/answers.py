"""The gate for a terminal's answers: which of them may go to the guest.

Replayed output holds the queries of programs that are long gone. The terminal answers them all the
same, and as keystrokes of the user they would end up at whatever prompt the guest shows now. An
answer takes its time through ssh, so the end of the replay is not the end of its answers: behind
the replay the terminal is asked a question of our own, and as terminals answer in order, all that
comes before the answer to it belongs to the replay.
"""

from typing import Final


QUESTION: Final = b"\x1b[5n"
"""DSR 5, "are you well": every terminal answers, and guests hardly ever ask it."""
_REPLY: Final = b"\x1b[0n"

PATIENCE: Final = 2.0
"""Seconds after which a terminal that did not answer is taken for one that never does."""


class AnswerGate:
    """Closed while output is replayed, and after it until the terminal has caught up."""

    def __init__(self) -> None:
        self._asked = False
        self._open = True

    @property
    def closed(self) -> bool:
        """Whether answers are held back now."""
        return not self._open

    def close(self) -> None:
        """Let no answer pass: a replay begins."""
        self._open = False

    def ask(self) -> bytes:
        """Give what to write to the terminal behind the replay. Call `open` after `PATIENCE`."""
        self._asked = True
        return QUESTION

    def open(self) -> None:
        """Let answers pass from now on."""
        self._open = True

    def admits(self, answer: bytes) -> bool:
        """Whether this answer is for the guest."""
        if self._asked and answer == _REPLY:
            self._asked = False
            self._open = True
            return False
        return self._open

"""The time before each new line of the guest's output, as it comes."""

import re
from typing import Final


_LINE: Final = re.compile(rb"(\r?\n|\r(?!\n|\Z))")


class Stamps:
    """Puts times between the guest's bytes. Off at first."""

    def __init__(self) -> None:
        self.on = False
        self._due = False
        """Whether the next byte begins a line."""

    def turn(self) -> bool:
        """Switch on or off; tell which."""
        self.on, self._due = not self.on, False
        return self.on

    def feed(self, data: bytes, clock: str) -> bytes:
        """Take output; give it with `clock`, the time now, where a line begins.

        A line begins behind a line feed, or behind a carriage return alone, with what is written
        over it; and only when its first byte is there, so that an idle prompt has the time at which
        it came.
        """
        if not self.on or not data:
            return data
        stamp = f"{clock} ".encode()
        parts = _LINE.split(data)
        out = bytearray()
        for number, part in enumerate(parts):
            if number % 2:
                self._due = True
            elif part:
                out += stamp if self._due and part != b"\r" else b""
                self._due = self._due and part == b"\r"
            out += part
        return bytes(out)

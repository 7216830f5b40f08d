"""How much of a guest's output one look takes: a budget of bytes, and one of lines.

A line costs more than its bytes: it may begin with a prompt or a landmark, and be told.
"""

import re
from typing import Final


LOOK_MAX: Final = 16384
"""Bytes in one look. Text of this size takes 1 to 2.5 ms of the processor."""

LINES_MAX: Final = 400
"""Lines in one look: of 40 bytes each, `LOOK_MAX`. The most expensive, prompts with nothing behind
them and alarms, take 10 us each."""

_LINE_ENDS: Final = re.compile(rb"(?:[^\n\r\x1b]*+(?>\r\n|[\n\r\x1b])){%d}" % LINES_MAX)
"""As many as `LINES_MAX`; an escape sequence may move to another line."""


def portion(data: bytes) -> bytes:
    """Give the beginning of `data` that one look takes."""
    data = data[:LOOK_MAX]
    if data.count(b"\n") + data.count(b"\r") + data.count(b"\x1b") <= LINES_MAX:
        return data
    lines = _LINE_ENDS.match(data)
    return data if lines is None else lines[0]

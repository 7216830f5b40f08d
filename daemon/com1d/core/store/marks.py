"""Marks: what happened beside the stream, such as boots, sessions, NMI and gaps. Never inside it.

A mark is a line of JSON with its proof in front, so that an operator reads the file with `less` and
a torn last line is known for one.
"""

import base64
import json
from collections.abc import Iterable
from contextlib import suppress
from typing import Any, Final, NamedTuple

from com1d.core.carried import carried
from com1d.core.store.records import DamagedError, Guard


BOOT: Final = "boot"
GAP: Final = "gap"
JOINED: Final = "joined"
"""How the stream fits to QEMU's own log of it."""
SKIPPED: Final = "skipped"
"""Of QEMU's log, too much to be put into the stream."""
CARRY: Final = "carry"
"""The first mark of every segment: what is known from all earlier ones."""

PLACE: Final = b"mark"
"""What a mark's proof is bound to; its offset and time are within its text."""


@carried()
class Mark(NamedTuple):
    """Something that happened at an offset of the stream."""

    offset: int
    at: float
    """Seconds since 1970."""
    kind: str
    """`boot`, `gap`, `session`, `nmi`, or another kind."""
    facts: dict[str, Any]


def encode(marks: Iterable[Mark], guard: Guard) -> bytes:
    """Give the lines of `marks`."""
    return b"".join(_line(mark, guard) for mark in marks)


def decode(data: bytes, guard: Guard) -> list[tuple[Mark, int]]:
    """Give the marks of a file, each with where in the file its line ends.

    A damaged line in the middle is passed over; one at the end was torn by a crash.
    """
    marks = []
    start = 0
    while (stop := data.find(b"\n", start)) >= 0:
        with suppress(DamagedError):
            marks.append((_mark(data[start:stop], guard), stop + 1))
        start = stop + 1
    return marks


def _line(mark: Mark, guard: Guard) -> bytes:
    text = json.dumps(mark._asdict(), default=str)
    stored, proof = guard.protect(text.encode(), PLACE)
    if guard.encrypts:
        stored = base64.b64encode(stored)
    return b"%s %s\n" % (proof.hex().encode(), stored)


def _mark(line: bytes, guard: Guard) -> Mark:
    proof, _, stored = line.partition(b" ")
    try:
        if guard.encrypts:
            stored = base64.b64decode(stored, validate=True)
        text = guard.reveal(stored, bytes.fromhex(proof.decode()), PLACE)
        return Mark(**json.loads(text))
    except (ValueError, TypeError) as error:
        raise DamagedError("it is no mark") from error

"""The form of a daemon's state outside a process: parts, each a line and JSON with its checksum.

A state is gone on with as a whole or not at all. It comes in parts so that one process can read
them while another still writes. This version reads its own format and those in `STEPS`.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final, TypeAlias

from com1d.errors import StateRefused


FORMAT: Final = 4
"""Counted up whenever a state that an older version wrote would be misread."""

Tree: TypeAlias = dict[str, Any]

Steps: TypeAlias = dict[int, Callable[[Tree], Tree]]


def _from_1(tree: Tree) -> Tree:
    """Before, nothing stood in front of a scrollback, and nothing was kept for a kill -9."""
    for console in tree["consoles"].values():
        console["ring"]["front"] = False
    return tree | {"vault": []}


def _from_2(tree: Tree) -> Tree:
    """Before, a hook that waited for its pace kept the daemon from being exchanged."""
    return tree | {"hooks": {"paces": tree["hooks"], "waiting": {"m": []}}}


def _from_3(tree: Tree) -> Tree:
    """Before, a state was one part."""
    return tree | {"end": len(tree["consoles"])}


STEPS: Final[Steps] = {1: _from_1, 2: _from_2, 3: _from_3}
"""By format: what makes a whole state of the next one of it."""

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False)
"""Trees are made by `core.carry`, which writes references to what it has met before."""

_HEAD: Final = re.compile(rb"com1d-state (\d{1,6}) ([0-9a-f]{64})(?: (\d{1,9}))?\n")
"""Before format 4, all that follows is the one part."""


def encode(part: Tree) -> bytes:
    """Write a part of a state."""
    body = _ENCODER.encode(part).encode()
    checksum = hashlib.sha256(body).hexdigest().encode()
    return b"com1d-state %d %s %d\n" % (FORMAT, checksum, len(body)) + body


def decode(data: bytes) -> Tree:
    """Read a state as a whole. Raises `StateRefused`."""
    tree: Tree = {}
    for part in read([data]):
        tree |= part | {"consoles": tree.get("consoles", {}) | part.get("consoles", {})}
    return tree


def read(pieces: Iterable[bytes]) -> Iterator[Tree]:
    """Read a state part by part as its pieces come, each of which has whole parts.

    Raises `StateRefused` where it is damaged, foreign or of an unknown format. Whether all parts
    have come is for the reader to see.
    """
    number, earlier = FORMAT, Tree()
    for piece in pieces:
        for number, part in _parts(piece):
            if number < FORMAT:
                earlier |= part
            else:
                yield in_this_format(part, number)
    if earlier:
        yield in_this_format(earlier, number)


def _parts(data: bytes) -> Iterator[tuple[int, Tree]]:
    """Give the parts in a piece, each with its format."""
    place = 0
    while place < len(data):
        head = _HEAD.match(data, place)
        if head is None:
            raise StateRefused("it is no state of com1d, or its first line is damaged")
        place = len(data) if head[3] is None else head.end() + int(head[3])
        yield int(head[1]), _part(data[head.end() : place], head[2])


def _part(body: bytes, checksum: bytes) -> Tree:
    if hashlib.sha256(body).hexdigest().encode() != checksum:
        raise StateRefused("it is damaged: its checksum does not fit")
    try:
        part = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise StateRefused(f"it is no JSON: {error}") from None
    if not isinstance(part, dict):
        raise StateRefused("it is no JSON object")
    return part


def in_this_format(tree: Tree, number: int, steps: Steps = STEPS) -> Tree:
    """Make a state of an older format one of this. Raises `StateRefused`."""
    while number != FORMAT:
        if number not in steps:
            raise StateRefused(f"it has format {number}, and this version reads {FORMAT}")
        tree, number = steps[number](tree), number + 1
    return tree

"""The form of a daemon's state outside a process: one line, then JSON with its checksum.

A state is read whole or not at all. This version reads its own format and those in `STEPS`.
"""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any, Final, TypeAlias

from com1d.errors import StateRefused


FORMAT: Final = 3
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


STEPS: Final[Steps] = {1: _from_1, 2: _from_2}
"""By format: what makes a state of the next one of it."""

_ENCODER: Final = json.JSONEncoder(separators=(",", ":"), check_circular=False)
"""Trees are made by `core.carry`, which writes references to what it has met before."""

_HEAD: Final = re.compile(rb"com1d-state (\d{1,6}) ([0-9a-f]{64})\n")


def encode(tree: Tree) -> bytes:
    """Write a state."""
    body = _ENCODER.encode(tree).encode()
    return b"com1d-state %d %s\n" % (FORMAT, hashlib.sha256(body).hexdigest().encode()) + body


def decode(data: bytes) -> Tree:
    """Read a state. Raises `StateRefused` where it is damaged, foreign or of an unknown format."""
    head = _HEAD.match(data)
    if head is None:
        raise StateRefused("it is no state of com1d, or its first line is damaged")
    body, number = data[head.end() :], int(head[1])
    if hashlib.sha256(body).hexdigest().encode() != head[2]:
        raise StateRefused("it is damaged: its checksum does not fit")
    try:
        tree = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise StateRefused(f"it is no JSON: {error}") from None
    if not isinstance(tree, dict):
        raise StateRefused("it is no JSON object")
    return in_this_format(tree, number)


def in_this_format(tree: Tree, number: int, steps: Steps = STEPS) -> Tree:
    """Make a state of an older format one of this. Raises `StateRefused`."""
    while number != FORMAT:
        if number not in steps:
            raise StateRefused(f"it has format {number}, and this version reads {FORMAT}")
        tree, number = steps[number](tree), number + 1
    return tree

"""The daemon's answer about a log: an object a line, each a piece of it or a mark."""

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from com1d.frontends.session.link import UnreachableError


LINE_BYTES: Final = 1 << 20
"""Bytes of a line of the answer, which holds 64 KiB of the log. A longer line is no answer of
com1d."""


def objects(pieces: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """Give the objects of an answer that has one a line. Raises `UnreachableError` for another."""
    rest = b""
    for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        for line in whole:
            yield _object(line)
        if len(rest) > LINE_BYTES:
            break
    if rest:
        raise UnreachableError("an answer that is no log")


def _object(line: bytes) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except ValueError:
        value = None
    if not isinstance(value, dict):
        raise UnreachableError("an answer that is no log")
    return value

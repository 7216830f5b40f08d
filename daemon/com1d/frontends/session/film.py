"""A boot as a film: what was printed, and when, with the pauses that it had."""

import base64
import json
from codecs import getincrementaldecoder
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final, NamedTuple

from com1d.frontends.session.link import Link, console_path
from com1d.frontends.session.log_pieces import objects


ROWS, COLUMNS = 24, 80
"""The screen of a serial console: a line does not carry another size."""


class Frame(NamedTuple):
    """A piece of output."""

    at: float
    """Seconds from the film's beginning."""
    data: bytes


def frames(link: Link, name: str, boot: int, longest: float) -> Iterator[Frame]:
    """Give a boot's output piece by piece; no pause is longer than `longest` seconds.

    The log knows the time of a piece to 0.2 s. Raises `ClientError`.
    """
    path = f"{console_path(name, 'log')}?boot={boot}&times=true"
    played, before = 0.0, None
    with link.stream(path) as (pieces, _):
        for piece in objects(pieces):
            if not isinstance(data := piece.get("data"), str):
                continue
            at = datetime.fromisoformat(str(piece.get("at"))).timestamp()
            played += min(longest, max(0.0, at - before)) if before is not None else 0.0
            before = at
            yield Frame(played, base64.b64decode(data))


FORMAT: Final = 2


def cast(film: Iterator[Frame], title: str, began: int) -> Iterator[str]:
    """Give the lines of an asciicast, version 2: a head, and an event for each piece.

    A character that is cut in two by the end of a piece goes with the next one.
    """
    head: dict[str, Any] = {
        "version": FORMAT, "width": COLUMNS, "height": ROWS, "timestamp": began, "title": title,
    }  # fmt: skip
    yield json.dumps(head)
    decoder, at = getincrementaldecoder("utf-8")("replace"), 0.0
    for at, data in film:
        if text := decoder.decode(data):
            yield json.dumps([round(at, 3), "o", text])
    if text := decoder.decode(b"", final=True):
        yield json.dumps([round(at, 3), "o", text])

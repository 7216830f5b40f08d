"""Answers to `GET …/log?times=true`, as the daemon gives them."""

import base64
import json
from typing import Any


AT = "2026-01-31T12:00:0{}.000Z"


def answer(*items: tuple[int, bytes] | dict[str, Any], end: int | None = None) -> bytes:
    """Give pieces, each with its offset and a second later than the one before, and marks."""
    lines: list[dict[str, Any]] = []
    for number, item in enumerate(items):
        at = AT.format(number)
        if isinstance(item, dict):
            lines.append({"at": at, **item})
        else:
            offset, data = item
            lines.append({"offset": offset, "at": at, "data": base64.b64encode(data).decode()})
    if end is not None:
        lines.append({"end": end})
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)

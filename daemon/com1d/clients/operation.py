"""What a text frame asks for: one JSON object, read without holding the loop.

Nested JSON takes the parser a hundred times as long as a string of its size. So what is small may
be anything, and what is long has to be flat: the long thing is the text of a paste, also of one
that is far over the limit and whose user is told how long it is.
"""

import json
import re
from typing import Any, Final

from com1d.errors import BadRequest


SMALL_BYTES: Final = 65536
"""Up to here a message may be any JSON, which takes 2 ms at the worst."""

MEMBERS_MAX: Final = 8
"""Members of a long message: twice as many as an operation has."""

_MEMBER: Final = re.compile(r'\s{0,64}([{,])\s{0,64}"(\w{1,32})"\s{0,64}:\s{0,64}(?=["tfn])')
"""What stands before a value that is a string, true, false or null."""
_END: Final = re.compile(r"\s{0,64}}\s{0,64}\Z")
_VALUE: Final = json.JSONDecoder().raw_decode


def read_operation(message: bytes) -> dict[str, Any]:
    """Give the members of the object in a text frame. Raises `BadRequest` where it has none."""
    try:
        text = message.decode()
        operation = json.loads(text) if len(message) <= SMALL_BYTES else _flat(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"a text frame holds one JSON object: {error}") from None
    if not isinstance(operation, dict):
        raise BadRequest("a text frame holds one JSON object")
    return operation


def _flat(text: str) -> dict[str, Any]:
    """Read an object of a few members, none of which is an object or a list."""
    members: dict[str, Any] = {}
    at = 0
    for _ in range(MEMBERS_MAX):
        found = _MEMBER.match(text, at)
        if found is None or found[1] != ("," if members else "{"):
            break
        members[found[2]], at = _VALUE(text, found.end())
    if not _END.match(text, at):
        raise ValueError(f"over {SMALL_BYTES} bytes only strings are allowed in it, as in a paste")
    return members

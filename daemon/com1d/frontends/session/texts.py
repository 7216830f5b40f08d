"""Texts to paste: read from a file, and cut into parts that a paste may have."""

import sys
from pathlib import Path
from typing import Final

from com1d.errors import EX_USAGE
from com1d.frontends.session.link import ClientError
from com1d.wire import PASTE_LIMIT


PASTE_SECONDS: Final = 600.0
"""How long a paste may take: 2,048 characters at the 250 ms that a slow guest takes to echo one."""

PASTE_BYTES: Final = 1 << 20
"""Bytes read of a text to paste. The daemon's limit is 2,048 characters unless configured, and its
refusal tells the length; a file longer than this is a mistake and need not be read to its end."""


def split(text: str, limit: int = PASTE_LIMIT) -> list[str]:
    """Cut a text into parts of at most `limit` characters, behind a line end where there is one.

    CRLF is never cut in two: the guest would see two line ends.
    """
    parts = []
    while len(text) > limit:
        cut = text.rfind("\n", 0, limit) + 1 or limit
        if text[cut - 1 : cut + 1] == "\r\n":
            cut -= 1
        parts.append(text[:cut])
        text = text[cut:]
    return [*parts, text]


def read_text(path: str) -> str:
    """Read a file, or standard input for `-`. Raises `ClientError` where it is no text to paste."""
    try:
        if path == "-":
            if sys.stdin.isatty():
                sys.stderr.write("com1: type or paste the text; Ctrl-D at the end\n")
            content = sys.stdin.buffer.read(PASTE_BYTES + 1)
        else:
            with Path(path).expanduser().open("rb") as file:
                content = file.read(PASTE_BYTES + 1)
    except OSError as error:
        raise _unusable(f"{path}: {error.strerror}") from None
    if len(content) > PASTE_BYTES:
        raise _unusable(f"{path} has more than {PASTE_BYTES} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise _unusable(f"{path} is not UTF-8 at byte {error.start}") from None


def _unusable(detail: str) -> ClientError:
    members = {"code": "bad-request", "title": "The text cannot be pasted", "detail": detail}
    return ClientError(members, EX_USAGE)

"""`com1 paste`: a text to a console, whole or, when it is long, in parts."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE
from com1d.frontends.session.link import ClientError, Link, console_path
from com1d.frontends.words.output import say
from com1d.wire import PASTE_LIMIT


PASTE_SECONDS: Final = 600.0
"""How long a paste may take: 2,048 characters at the 250 ms that a slow guest takes to echo one."""

PASTE_BYTES: Final = 1 << 20
"""Bytes read of a text to paste. The daemon's limit is 2,048 characters unless configured, and its
refusal tells the length; a file longer than this is a mistake and need not be read to its end."""


def run(options: Namespace) -> int:
    """Paste it. Fails when `--verify` was wanted and not every character could be verified."""
    text = _read_text(options.file)
    parts = split(text) if options.slow else [text]
    link, path = Link(options.socket), console_path(options.name, "paste")
    sent = verified = 0
    for part in _with_progress(parts):
        body = {"text": part, "verify": options.verify}
        answer = link.post(path, body, patience=PASTE_SECONDS)
        sent += answer.get("sent") or 0
        verified += answer.get("verified") or 0
    proof = f", {verified} of them echoed by the guest" if options.verify else ""
    total = {"sent": sent, "verified": verified, "parts": len(parts)}
    say(options, total, f"{sent} characters sent to {options.name}{proof}")
    return EX_FAILURE if options.verify and verified != sent else EX_OK


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


def _with_progress(parts: list[str]) -> Iterator[str]:
    """Give the parts one by one and show at a terminal how far it is."""
    if len(parts) == 1 or not sys.stderr.isatty():
        yield from parts
        return
    from rich.console import Console  # noqa: PLC0415 -- slow to import, and seldom needed
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("pasting", total=sum(map(len, parts)))
        for part in parts:
            yield part
            progress.advance(task, len(part))


def _read_text(path: str) -> str:
    try:
        if path == "-":
            content = sys.stdin.buffer.read(PASTE_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
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

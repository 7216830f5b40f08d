"""`com1 paste`: a text to a console, whole or, when it is long, in parts."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import Final

from com1d.errors import EX_FAILURE, EX_OK
from com1d.frontends.session.link import EX_INTERRUPTED, ClientError, Link, console_path
from com1d.frontends.session.texts import PASTE_SECONDS, read_text, split
from com1d.frontends.words.output import say


SLOW_PART: Final = 512
"""Characters of a part of a slow paste: a few seconds on a slow guest, so that one sees it move."""


def run(options: Namespace) -> int:
    """Paste it. Fails when `--verify` was wanted and not every character could be verified."""
    text = read_text(options.file)
    parts = split(text, SLOW_PART) if options.slow else [text]
    link, path = Link(options.socket), console_path(options.name, "paste")
    sent = verified = 0
    try:
        for part in _with_progress(parts):
            body = {"text": part, "verify": options.verify}
            answer = link.post(path, body, patience=PASTE_SECONDS)
            sent += answer.get("sent") or 0
            verified += answer.get("verified") or 0
    except KeyboardInterrupt:
        # Closing the request has stopped the part that was under way.
        title = f"{sent} of {len(text)} characters were surely sent, and perhaps a part of the next"
        raise ClientError(
            {"code": "interrupted", "title": title, "sent": sent}, EX_INTERRUPTED
        ) from None
    proof = f", {verified} of them echoed by the guest" if options.verify else ""
    total = {"sent": sent, "verified": verified, "parts": len(parts)}
    say(options, total, f"{sent} characters sent to {options.name}{proof}")
    return EX_FAILURE if options.verify and verified != sent else EX_OK


def _with_progress(parts: list[str]) -> Iterator[str]:
    """Give the parts one by one and show at a terminal how far it is."""
    if len(parts) == 1 or not sys.stderr.isatty():
        yield from parts
        return
    from rich.console import Console  # noqa: PLC0415 -- slow to import, and seldom needed
    from rich.progress import (  # noqa: PLC0415
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    columns = TextColumn("pasting"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("pasting", total=sum(map(len, parts)))
        for part in parts:
            yield part
            progress.advance(task, len(part))

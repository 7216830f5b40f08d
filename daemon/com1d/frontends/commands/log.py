"""`com1 log`: what a console's guest printed."""

import base64
import sys
from argparse import Namespace
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE
from com1d.frontends.session.link import ClientError, Link, UnreachableError, console_path
from com1d.frontends.session.log_pieces import objects
from com1d.frontends.words.advice import why_silent
from com1d.frontends.words.log_view import LogView, Style
from com1d.frontends.words.marks import words
from com1d.frontends.words.moments import moment
from com1d.frontends.words.output import complain
from com1d.frontends.words.visible import visible
from com1d.wire.times import rfc3339


CONTEXT_LINES: Final = 100
"""Line feeds before the last lines that are read with them: a screen, which they may have changed.
"""
FURTHER: Final = 16
"""Factor by which more is read where the first read gave too few lines."""
TAIL_MAX: Final = 999_999
"""Line feeds that a daemon counts."""


def run(options: Namespace) -> int:
    """Print the part that `options` ask for. Fails where `--grep` matched nothing."""
    view, _ = print_log(options, style_of(options))
    write(view.finish() + view.release())
    if view.empty:
        _say_why(options)
    return exit_code(options, view)


def _say_why(options: Namespace) -> None:
    """Say why nothing was printed, where the output is none of it."""
    part = (options.boot, options.since, options.start, options.bytes, options.tail)
    console = Link(options.socket).get(console_path(options.name))
    complain(f"com1: {visible(why_silent(console, whole=not any(part)))}")


def style_of(options: Namespace) -> Style:
    """Give how the log's bytes are shown."""
    return Style(options.raw, options.timestamps, options.grep, options.json, options.tail)


def exit_code(options: Namespace, view: LogView) -> int:
    """Give that of grep: a failure where nothing matched."""
    return EX_FAILURE if options.grep is not None and not view.matched else EX_OK


def print_log(options: Namespace, style: Style) -> tuple[LogView, int]:
    """Print the log; give the view that may have more to show, and the offset of the end.

    The daemon counts line feeds and the user what is shown, which may be more lines or fewer: then
    the log is read again from further back.
    """
    lines = options.tail
    if lines is not None and not options.raw:
        lines = min(lines + CONTEXT_LINES, TAIL_MAX)
    while True:
        view = LogView(style)
        path = f"{console_path(options.name, 'log')}?{urlencode(_query(options, lines))}"
        with Link(options.socket).stream(path) as (pieces, headers):
            end = _show(view, objects(pieces), int(headers.get("Com1-Start") or 0))
        # The last of the lines that the daemon counts has perhaps no line feed.
        if lines is None or view.line_feeds < lines - 1 or lines == TAIL_MAX or not view.lacks():
            return view, end
        lines = min(lines * FURTHER, TAIL_MAX)


def _query(options: Namespace, lines: int | None) -> dict[str, Any]:
    chosen = {
        "boot": options.boot, "since": _since(options.since), "from": options.start,
        "bytes": options.bytes, "tail": lines, "times": "true",
    }  # fmt: skip
    return {key: value for key, value in chosen.items() if value is not None}


def _since(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        when = moment(text, datetime.now().astimezone())
    except ValueError as error:
        raise ClientError({"code": "bad-request", "title": f"--since: {error}"}, EX_USAGE) from None
    return rfc3339(when.timestamp())


def _show(view: LogView, lines: Iterable[dict[str, Any]], offset: int) -> int:
    """Print the log from `offset` on; give the offset of its end."""
    for line in lines:
        match line:
            case {"data": str(data), "offset": int(start), "at": str(at)}:
                if start > offset:
                    _say(view, f"{start - offset} bytes were deleted here to make room")
                piece = base64.b64decode(data)
                write(view.feed(piece, at, start))
                offset = start + len(piece)
            case {"mark": str(), "facts": dict(facts)} if said := words(line):
                _say(view, said)
                offset = max(offset, int(line.get("offset", 0)) + int(facts.get("bytes") or 0))
            case {"end": int(end)}:
                return end
    raise UnreachableError("a log that breaks off", "Try again")


def _say(view: LogView, text: str) -> None:
    if view.speaks:
        write(view.say(text))
    else:
        sys.stdout.flush()
        print(f"com1: {visible(text)}", file=sys.stderr, flush=True)


def write(data: bytes) -> None:
    """Put bytes on standard output, as they are."""
    sys.stdout.buffer.write(data)

"""`com1 replay`: a boot as it was painted, at this terminal or as a file of asciinema."""

import sys
from argparse import Namespace
from datetime import datetime
from pathlib import Path

from com1d.errors import EX_USAGE
from com1d.frontends.session.film import cast, frames
from com1d.frontends.session.link import ClientError, Link, console_path
from com1d.frontends.terminal.theatre import show
from com1d.frontends.words.visible import visible


def run(options: Namespace) -> None:
    """Play it, or write it."""
    link = Link(options.socket)
    film = list(frames(link, options.name, options.boot, options.idle))
    if not film:
        title = f"{options.name} has printed nothing in that boot"
        raise ClientError({"code": "nothing", "title": title}, 1)
    if options.cast is None:
        if not (sys.stdin.isatty() and sys.stdout.isatty()):
            title = "A film needs a terminal; --cast writes it into a file"
            raise ClientError({"code": "usage", "title": title}, EX_USAGE)
        show(film, options.speed)
        return
    lines = cast(iter(film), f"{options.name}, boot {options.boot}", _began(link, options))
    Path(options.cast).write_text("".join(f"{line}\n" for line in lines))
    print(visible(f"{film[-1].at:.1f} s of {options.name} written to {options.cast}"))


def _began(link: Link, options: Namespace) -> int:
    """Give when the boot began, in seconds since 1970; 0 where that is not known."""
    boots = link.get(console_path(options.name, "boots")).get("boots") or []
    for boot in boots:
        if boot.get("boot") == options.boot:
            return int(datetime.fromisoformat(str(boot.get("started"))).timestamp())
    return 0

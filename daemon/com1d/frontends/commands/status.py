"""`com1 status`: what is known about one console."""

from argparse import Namespace
from typing import Any

from com1d.frontends.session.link import ClientError, Link, console_path
from com1d.frontends.words.output import print_json
from com1d.frontends.words.sheet import console_sheet
from com1d.frontends.words.tables import print_sheet


def run(options: Namespace) -> None:
    """Print a line for each property."""
    link = Link(options.socket)
    console = link.get(console_path(options.name))
    if options.json:
        print_json(console)
    else:
        print_sheet(console_sheet(console, _boots(link, options.name)))


def _boots(link: Link, name: str) -> list[dict[str, Any]]:
    try:
        return list(link.get(console_path(name, "boots")).get("boots") or ())
    except ClientError:  # there is no log, or it cannot be read, which the sheet says
        return []

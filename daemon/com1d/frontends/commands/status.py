"""`com1 status`: what is known about one console."""

from argparse import Namespace

from com1d.frontends.session.link import Link, console_path
from com1d.frontends.words.output import print_json
from com1d.frontends.words.tables import console_sheet, print_sheet


def run(options: Namespace) -> None:
    """Print a line for each property."""
    console = Link(options.socket).get(console_path(options.name))
    if options.json:
        print_json(console)
    else:
        print_sheet(console_sheet(console))

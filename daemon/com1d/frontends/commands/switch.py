"""`com1 enable` and `com1 disable`: one console, or the whole host."""

from argparse import Namespace

from com1d.frontends.session.link import Link, console_path
from com1d.frontends.words.output import say


def run(options: Namespace) -> None:
    """Do what `options.verb` names: enable or disable."""
    path = console_path(options.name) if options.name else "/v1"
    answer = Link(options.socket).post(f"{path}/{options.verb}")
    say(options, answer, f"{options.name or 'this host'} is {options.verb}d")

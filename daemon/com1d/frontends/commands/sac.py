"""`com1 sac`: the channels of a Windows guest's Special Administration Console."""

from argparse import Namespace
from typing import Final

from com1d.frontends.session.link import ACT_PATIENCE, Link, console_path
from com1d.frontends.words.output import print_json, say
from com1d.frontends.words.sac import done, rows
from com1d.frontends.words.tables import print_table


COLUMNS: Final = ("CHANNEL", "NAME", "STATUS", "TYPE")


def run(options: Namespace) -> None:
    """Do what `options.verb` names: channels, cmd, next, switch or close."""
    body = {"do": options.verb}
    if "channel" in options:
        body["channel"] = options.channel
    path = console_path(options.name, "sac")
    answer = Link(options.socket).post(path, body, patience=ACT_PATIENCE)
    if options.verb != "channels":
        say(options, answer, f"{options.name}: {done(options.verb, answer)}")
    elif options.json:
        print_json(answer)
    else:
        print_table(COLUMNS, list(rows(answer)))

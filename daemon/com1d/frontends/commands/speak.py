"""`com1 say` and `com1 note`: to those who are on a console, and into its log."""

from argparse import Namespace

from com1d.frontends.session.link import Link, console_path
from com1d.frontends.words.output import say


_PATHS = {"say": "message", "note": "note"}


def run(options: Namespace) -> None:
    """Do what `options.verb` names: say or note."""
    path = console_path(options.name, _PATHS[options.verb])
    answer = Link(options.socket).post(path, {"text": options.text})
    if options.verb == "say":
        told = answer.get("told")
        done = f"told to {told} on {options.name}" if told else f"nobody is on {options.name}"
    else:
        done = f"noted in the log of {options.name}, at offset {answer.get('offset')}"
    say(options, answer, done)

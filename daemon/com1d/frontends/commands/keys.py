"""`com1 send keys`: keys by name, on the line or on the emulated keyboard."""

from argparse import Namespace

from com1d.frontends.session.link import Link, console_path
from com1d.frontends.words.output import say


def run(options: Namespace) -> None:
    """Press each once."""
    keys, to = {"keys": options.keys}, options.name
    if options.keyboard:
        keys, to = keys | {"on": "keyboard"}, f"the keyboard of {options.name}"
    answer = Link(options.socket).post(console_path(options.name, "keys"), keys)
    say(options, answer, f"{' '.join(options.keys)} sent to {to}")

"""`com1 send sysrq`: SysRq keys to a Linux guest."""

from argparse import Namespace

from com1d.frontends.session.link import Link, console_path
from com1d.frontends.words.output import say


def run(options: Namespace) -> None:
    """Send them all."""
    answer = Link(options.socket).post(console_path(options.name, "sysrq"), {"keys": options.keys})
    say(options, answer, f"SysRq {options.keys} sent to {options.name}")

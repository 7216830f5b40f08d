"""`com1 demo`: the demonstration at this terminal."""

from argparse import Namespace

from com1d.frontends.demo.demo import demo
from com1d.frontends.terminal.connect import connect


def run(options: Namespace) -> int:
    """Run it; give the exit code."""
    return demo(options, connect)

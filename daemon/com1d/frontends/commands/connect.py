"""`com1 connect`: the command's options as a session."""

from argparse import Namespace

from com1d.frontends.session.attachment import ACTIVE, OBSERVE, Wanted
from com1d.frontends.session.link import Link
from com1d.frontends.terminal.connect import connect


def run(options: Namespace) -> None:
    """Attach until the user leaves."""
    mode = OBSERVE if options.observe else ACTIVE
    wanted = Wanted(
        mode, replay=options.replay, preempt=not options.no_preempt, queue=options.queue
    )
    connect(Link(options.socket), options.name, wanted)

"""`com1 connect`: the command's options as a session."""

import os
from argparse import Namespace

from com1d.errors import EX_USAGE
from com1d.frontends.session.attachment import ACTIVE, OBSERVE, Wanted
from com1d.frontends.session.copying import QUIET_SECONDS
from com1d.frontends.session.link import ClientError, Link
from com1d.frontends.terminal.connect import connect


def run(options: Namespace) -> None:
    """Attach until the user leaves."""
    mode = OBSERVE if options.observe else ACTIVE
    # A script at night must not take the keyboard from whoever is on, unless it says so.
    preempt = options.preempt or (os.isatty(0) and not options.no_preempt)
    if options.observe and options.queue:
        title = "Who only watches waits for nothing: --observe does not go with --wait or --request"
        raise ClientError({"code": "usage", "title": title}, EX_USAGE)
    wanted = Wanted(mode, replay=options.replay, preempt=preempt, queue=options.queue)
    idle = options.idle or QUIET_SECONDS
    connect(Link(options.socket), options.name, wanted, idle=idle)

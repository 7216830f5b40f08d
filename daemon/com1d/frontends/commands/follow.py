"""`com1 log --follow`: the log, and then what the console goes on to print."""

import sys
from argparse import Namespace

from com1d.errors import EX_USAGE
from com1d.frontends.commands.log import exit_code, print_log, style_of, write
from com1d.frontends.session.following import follow
from com1d.frontends.session.link import ClientError


def run(options: Namespace) -> int:
    """Print until Ctrl-C. Fails where `--grep` matched nothing."""
    if options.boot:
        title = "An earlier boot goes on no more, so it cannot be followed"
        raise ClientError({"code": "bad-request", "title": title}, EX_USAGE)
    view, end = print_log(options, style_of(options))
    write(view.settle(whole=True) + view.release())
    sys.stdout.flush()
    follow(options.socket, options.name, end, view)
    return exit_code(options, view)

"""`com1 log --follow`: the log, and then what the console goes on to print."""

import sys
from argparse import Namespace

from com1d.errors import EX_USAGE
from com1d.frontends.commands.log import exit_code, print_log, view_of
from com1d.frontends.session.following import follow
from com1d.frontends.session.link import ClientError


def run(options: Namespace) -> int:
    """Print until Ctrl-C. Fails where `--grep` matched nothing."""
    if options.boot:
        title = "An earlier boot goes on no more, so it cannot be followed"
        raise ClientError({"code": "bad-request", "title": title}, EX_USAGE)
    view = view_of(options)
    end = print_log(options, view)
    sys.stdout.flush()
    follow(options.socket, options.name, end, view)
    return exit_code(options, view)

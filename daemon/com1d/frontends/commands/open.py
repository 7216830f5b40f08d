"""`com1 open`: a link to a console in the browser, which also signs its reader in, once."""

import sys
from argparse import Namespace
from urllib.parse import quote, urlencode

from com1d.frontends.session.link import Link, UnreachableError, console_path
from com1d.frontends.words.output import print_json


def run(options: Namespace) -> None:
    """Print the link. It is not opened: a browser's arguments are read by every user of a host."""
    Link(options.socket).get(console_path(options.name))
    view = f"console?name={quote(options.name, safe='')}"
    try:
        made = Link(options.gateway).post(f"/link?{urlencode({'view': view})}")
    except UnreachableError as error:
        raise UnreachableError(
            error.members["detail"], "Is com1-web running, and may you open that? See --gateway"
        ) from None
    if options.json:
        print_json(made)
        return
    print(made.get("url", ""))
    print("Signs you in, once, within five minutes.", file=sys.stderr)
    if obstacle := made.get("obstacle"):
        print(obstacle, file=sys.stderr)

"""`com1 list`: the consoles that the user may see."""

import sys
from argparse import Namespace
from urllib.parse import urlencode

from com1d.frontends.session.link import Link
from com1d.frontends.words.output import print_json
from com1d.frontends.words.tables import COLUMNS, console_rows, print_table


def run(options: Namespace) -> None:
    """Print a row for each console."""
    query = "" if options.set is None else "?" + urlencode({"set": options.set})
    answer = Link(options.socket).get(f"/v1/consoles{query}")
    if options.json:
        print_json(answer)
        return
    consoles = answer.get("consoles") or []
    if consoles:
        print_table(COLUMNS, console_rows(consoles))
    else:
        print("There is no console that you may see.", file=sys.stderr)

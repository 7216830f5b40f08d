"""`com1 boots`: when a console's guest booted, and why."""

import sys
from argparse import Namespace
from typing import Final

from com1d.frontends.session.link import Link, console_path
from com1d.frontends.words.clock import local
from com1d.frontends.words.output import print_json
from com1d.frontends.words.tables import print_table


COLUMNS: Final = ("BOOT", "STARTED", "CAUSE", "BYTES", "OFFSET")


def run(options: Namespace) -> None:
    """Print a row for each boot that the log knows."""
    answer = Link(options.socket).get(console_path(options.name, "boots"))
    if options.json:
        print_json(answer)
        return
    known = answer.get("boots") or []
    if not known:
        print("Nothing was printed yet.", file=sys.stderr)
        return
    keys = ("boot", "started", "cause", "bytes", "offset")
    rows = [[str(boot.get(key, "")) for key in keys] for boot in known]
    for row in rows:
        row[1] = local(row[1])
    print_table(COLUMNS, rows)

"""`com1 list`: the consoles that the user may see, and logs of VMs that had their names before."""

import sys
from argparse import Namespace
from urllib.parse import urlencode

from com1d.frontends.session.link import Link
from com1d.frontends.words.output import print_json
from com1d.frontends.words.tables import COLUMNS, console_rows, print_table, unserved_rows


def run(options: Namespace) -> None:
    """Print a row for each console or, with `--logs`, for each log of an earlier VM."""
    if options.logs:
        _logs(options)
        return
    query = "" if options.set is None else "?" + urlencode({"set": options.set})
    answer = Link(options.socket).get(f"/v1/consoles{query}")
    if options.json:
        print_json(answer)
        return
    rows = console_rows(answer.get("consoles") or []) + unserved_rows(answer.get("unserved") or [])
    if rows:
        print_table(COLUMNS, rows)
    else:
        print("There is no console that you may see.", file=sys.stderr)


def _logs(options: Namespace) -> None:
    answer = Link(options.socket).get("/v1/logs")
    if options.json:
        print_json(answer)
        return
    logs = answer.get("logs") or []
    if logs:
        rows = [[str(log.get(key) or "-") for key in ("name", "bytes", "until")] for log in logs]
        print_table(("LOG", "BYTES", "UNTIL"), rows)
    else:
        print("There is no log of an earlier VM that you may read.", file=sys.stderr)

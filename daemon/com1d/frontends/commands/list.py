"""`com1 list`: the consoles that the user may see, and logs of VMs that had their names before."""

import sys
import time
from argparse import Namespace
from typing import Final
from urllib.parse import urlencode

from com1d.errors import EX_FAILURE
from com1d.frontends.session.link import ClientError, Link
from com1d.frontends.words.listing import COLUMNS, console_rows, unserved_rows, without_sets
from com1d.frontends.words.output import print_json
from com1d.frontends.words.tables import print_table


WATCH_SECONDS: Final = 2.0


def run(options: Namespace) -> None:
    """Print a row for each console or, with `--logs`, for each log of an earlier VM."""
    if options.logs:
        _logs(options)
    elif options.watch and not options.json:
        _watch(options)
    else:
        _show(options)


def _watch(options: Namespace) -> None:
    """Print the table again and again in the same place. Ctrl-C ends it, which is no failure."""
    sys.stdout.write("\x1b[?1049h\x1b[?25l" if sys.stdout.isatty() else "")
    try:
        while True:
            print("\x1b[H\x1b[J" if sys.stdout.isatty() else "", end="")
            _show(options)
            sys.stdout.flush()
            time.sleep(WATCH_SECONDS)
    except KeyboardInterrupt:
        pass
    finally:
        sys.stdout.write("\x1b[?25h\x1b[?1049l" if sys.stdout.isatty() else "")


def _show(options: Namespace) -> None:
    query = "" if options.set is None else "?" + urlencode({"set": options.set})
    answer = Link(options.socket).get(f"/v1/consoles{query}")
    if options.json:
        print_json(answer)
        return
    rows = console_rows(answer.get("consoles") or []) + unserved_rows(answer.get("unserved") or [])
    if rows:
        head, rows = without_sets(COLUMNS, rows)
        print_table(head, rows)
    elif options.set is not None:
        title = f"There is no console in a set {options.set!r} that you may see"
        members = {"code": "not-found", "title": title, "remedy": "`com1 list` shows SET"}
        raise ClientError(members, EX_FAILURE)
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

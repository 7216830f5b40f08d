"""`com1 top`: all consoles, as they are now."""

import sys
import time
from argparse import Namespace
from contextlib import suppress
from typing import Final
from urllib.parse import urlencode

from com1d.errors import EX_USAGE
from com1d.frontends.session.link import ClientError, Link
from com1d.frontends.terminal.top import Visit, show
from com1d.frontends.words.output import print_json
from com1d.frontends.words.tables import print_table
from com1d.frontends.words.top_rows import Row, in_order, matches, received, rows, short
from com1d.frontends.words.top_view import View


RATE_SECONDS: Final = 0.25
"""For which rates are measured where the table is shown once."""

COLUMNS: Final = ("NAME", "STATE", "WHO", "RATE", "LAG", "MARGIN", "LOG")


def run(options: Namespace) -> None:
    """Show the table until the user leaves or, with `--once`, print it."""
    link, path = Link(options.socket), _path(options)
    if options.once:
        _print(options, _twice(link, path))
        return
    if options.json or not sys.stdin.isatty() or not sys.stdout.isatty():
        title = "A table that goes on needs a terminal; --once prints one, also as --json"
        raise ClientError({"code": "usage", "title": title}, EX_USAGE)
    view = View(order=options.sort, wanted=" ".join(options.filter))
    while (visit := show(link, path, view)) is not None:
        with suppress(ClientError):  # it has told the user by itself, and the table goes on
            _go_to(link, visit)


def _go_to(link: Link, visit: Visit) -> None:
    # Half of what the first table would wait for.
    from com1d.frontends.session.attachment import ACTIVE, OBSERVE, Wanted  # noqa: PLC0415
    from com1d.frontends.terminal.connect import connect  # noqa: PLC0415

    connect(link, visit.name, Wanted(ACTIVE if visit.types else OBSERVE))


def _path(options: Namespace) -> str:
    return "/v1/top" if options.set is None else "/v1/top?" + urlencode({"set": options.set})


def _twice(link: Link, path: str) -> list[Row]:
    """Look twice, because a rate needs that."""
    first = rows(link.get(path), {}, 0.0)
    began = time.monotonic()
    time.sleep(RATE_SECONDS)
    return rows(link.get(path), received(first), time.monotonic() - began)


def _print(options: Namespace, found: list[Row]) -> None:
    wanted = " ".join(options.filter)
    shown = in_order((row for row in found if matches(row, wanted)), options.sort, reverse=False)
    if options.json:
        print_json({"consoles": [row.as_json() for row in shown]})
        return
    print_table(COLUMNS, [_cells(row) for row in shown])


def _cells(row: Row) -> tuple[str, ...]:
    lag = short(row.figures.get("lag") or 0)
    return row.name, row.state, row.who, f"{short(row.rate or 0)}/s", lag, row.margin, row.log

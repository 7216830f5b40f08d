"""The one-shot commands: one request each, and its answer for people or for scripts."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from typing import Any, Final
from urllib.parse import urlencode

from com1d.errors import EX_FAILURE
from com1d.frontends.link import ClientError, Link, console_path
from com1d.frontends.tables import (
    COLUMNS,
    console_rows,
    console_sheet,
    print_sheet,
    print_table,
)
from com1d.frontends.visible import Readable, visible


END_HEADER: Final = "Com1-End"
"""The header of a log that gives the absolute offset behind its last byte."""


def list_consoles(options: Namespace) -> None:
    """`com1 list`."""
    answer = Link(options.socket).get("/v1/consoles")
    if options.json:
        print_json(answer)
        return
    consoles = answer.get("consoles") or []
    if consoles:
        print_table(COLUMNS, console_rows(consoles))
    else:
        print("There is no console that you may see.", file=sys.stderr)


def status(options: Namespace) -> None:
    """`com1 status`."""
    console = Link(options.socket).get(console_path(options.name))
    if options.json:
        print_json(console)
    else:
        print_sheet(console_sheet(console))


def log(options: Namespace) -> None:
    """`com1 log`."""
    chosen = {"boot": options.boot, "since": options.since}
    query = urlencode({key: value for key, value in chosen.items() if value is not None})
    path = console_path(options.name, "log") + (f"?{query}" if query else "")
    with Link(options.socket).stream(path) as (pieces, headers):
        for piece in pieces if options.raw else readable(pieces):
            sys.stdout.buffer.write(piece)
        end = headers.get(END_HEADER, "")
    if options.follow:
        _follow(options, end)


def _follow(options: Namespace, end: str) -> None:
    if not end.isdecimal():
        title = (
            f"The daemon does not say where its log ends ({END_HEADER}), so it cannot be followed"
        )
        raise ClientError({"code": "unsupported", "title": title}, EX_FAILURE)
    sys.stdout.flush()
    # asyncio and websockets take longer to import than a log to read.
    from com1d.frontends.following import follow  # noqa: PLC0415

    follow(options.socket, options.name, int(end), raw=options.raw)


def readable(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Turn a guest's output into text that is safe to print."""
    text = Readable()
    for piece in pieces:
        yield text.feed(piece).encode()
    yield text.finish().encode()


def connect(options: Namespace) -> None:
    """`com1 connect`."""
    # asyncio and websockets take longer to import than `com1 list` takes as a whole.
    from com1d.frontends.attachment import Wanted  # noqa: PLC0415
    from com1d.frontends.connect import connect as connect_  # noqa: PLC0415

    mode = "observe" if options.observe else "active"
    wanted = Wanted(
        mode, replay=options.replay, preempt=not options.no_preempt, queue=options.queue
    )
    connect_(Link(options.socket), options.name, wanted)


def demo(options: Namespace) -> int:
    """`com1 demo`."""
    from com1d.frontends.demo import demo as demo_  # noqa: PLC0415  # brings the same

    return demo_(options)


_DONE: Final = {
    "nmi": "NMI sent to {name}",
    "reset": "{name} is being reset",
    "restart": "{name} is being restarted",
    "break": "break sent to {name}",
    "enable": "{name} is enabled",
    "disable": "{name} is disabled",
    "disconnect": "everybody is disconnected from {name}",
}


def act(options: Namespace) -> None:
    """`com1 send nmi|reset|restart|break`, `com1 disconnect`."""
    answer = Link(options.socket).post(console_path(options.name, options.action))
    say(options, answer, _DONE[options.action].format(name=options.name))


def switch(options: Namespace) -> None:
    """`com1 enable|disable`, of one console or of the whole host."""
    path = console_path(options.name) if options.name else "/v1"
    answer = Link(options.socket).post(f"{path}/{options.action}")
    say(options, answer, _DONE[options.action].format(name=options.name or "this host"))


def send_sysrq(options: Namespace) -> None:
    """`com1 send sysrq`."""
    path = console_path(options.name, "sysrq")
    answer = Link(options.socket).post(path, {"keys": options.keys})
    say(options, answer, f"SysRq {options.keys} sent to {options.name}")


def send_keys(options: Namespace) -> None:
    """`com1 send keys`."""
    path = console_path(options.name, "keys")
    answer = Link(options.socket).post(path, {"keys": options.keys})
    say(options, answer, f"{' '.join(options.keys)} sent to {options.name}")


def say(options: Namespace, answer: Any, done: str) -> None:
    """Report what was done: in words, or the daemon's answer as JSON."""
    if options.json:
        print_json(answer)
    else:
        print(visible(done))


def print_json(answer: Any) -> None:
    """Print an answer for a program."""
    print(json.dumps(answer, indent=2))

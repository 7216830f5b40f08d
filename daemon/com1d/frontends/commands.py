"""The one-shot commands: one request each, and its answer for people or for scripts."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE
from com1d.frontends.link import ClientError, Link, console_path
from com1d.frontends.tables import (
    COLUMNS,
    console_rows,
    console_sheet,
    print_sheet,
    print_table,
)
from com1d.frontends.visible import Readable, visible


PASTE_SECONDS: Final = 600.0
"""How long a paste may take: 2,048 characters at the 250 ms that a slow guest takes to echo one."""

PASTE_BYTES: Final = 1 << 20
"""Bytes read of a text to paste. The daemon takes 2,048 characters unless configured, and says how
many there were; more than this is a mistake that need not be read to its end."""


END_HEADER: Final = "Com1-End"
"""The header of a log that gives the absolute offset behind its last byte."""


def list_consoles(options: Namespace) -> None:
    """`com1 list`."""
    answer = Link(options.socket).get("/v1/consoles")
    if options.json:
        _print_json(answer)
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
        _print_json(console)
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
    wanted = Wanted(mode, replay=options.replay, preempt=not options.no_preempt)
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
    _say(options, answer, _DONE[options.action].format(name=options.name))


def switch(options: Namespace) -> None:
    """`com1 enable|disable`, of one console or of the whole host."""
    path = console_path(options.name) if options.name else "/v1"
    answer = Link(options.socket).post(f"{path}/{options.action}")
    _say(options, answer, _DONE[options.action].format(name=options.name or "this host"))


def send_sysrq(options: Namespace) -> None:
    """`com1 send sysrq`."""
    path = console_path(options.name, "sysrq")
    answer = Link(options.socket).post(path, {"keys": options.keys})
    _say(options, answer, f"SysRq {options.keys} sent to {options.name}")


def send_keys(options: Namespace) -> None:
    """`com1 send keys`."""
    path = console_path(options.name, "keys")
    answer = Link(options.socket).post(path, {"keys": options.keys})
    _say(options, answer, f"{' '.join(options.keys)} sent to {options.name}")


def paste(options: Namespace) -> int:
    """`com1 paste`. Fails when `--verify` was wanted and not every character could be verified."""
    body = {"text": _read_text(options.file), "verify": options.verify}
    path = console_path(options.name, "paste")
    answer = Link(options.socket).post(path, body, patience=PASTE_SECONDS)
    sent, verified = answer.get("sent"), answer.get("verified")
    proof = f", {verified} of them echoed by the guest" if options.verify else ""
    _say(options, answer, f"{sent} characters sent to {options.name}{proof}")
    return EX_FAILURE if options.verify and verified != sent else EX_OK


def _read_text(path: str) -> str:
    try:
        if path == "-":
            content = sys.stdin.buffer.read(PASTE_BYTES + 1)
        else:
            with Path(path).open("rb") as file:
                content = file.read(PASTE_BYTES + 1)
    except OSError as error:
        raise _unusable(f"{path}: {error.strerror}") from None
    if len(content) > PASTE_BYTES:
        raise _unusable(f"{path} has more than {PASTE_BYTES} bytes")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise _unusable(f"{path} is not UTF-8 at byte {error.start}") from None


def _unusable(detail: str) -> ClientError:
    members = {"code": "bad-request", "title": "The text cannot be pasted", "detail": detail}
    return ClientError(members, EX_USAGE)


def _say(options: Namespace, answer: Any, done: str) -> None:
    if options.json:
        _print_json(answer)
    else:
        print(visible(done))


def _print_json(answer: Any) -> None:
    print(json.dumps(answer, indent=2))

"""The one-shot commands: one request each, and its answer for people or for scripts."""

import json
import sys
from argparse import Namespace
from typing import Any, Final
from urllib.parse import urlencode

from com1d.errors import EX_FAILURE, EX_USAGE
from com1d.frontends.session.link import ClientError, Link, console_path
from com1d.frontends.words.tables import (
    COLUMNS,
    console_rows,
    console_sheet,
    print_sheet,
    print_table,
)
from com1d.frontends.words.visible import visible


def resolve(options: Namespace) -> None:
    """Put a console's name in the place of its set's, where `--instance` asks for one of a set."""
    number = getattr(options, "instance", None)
    if number is None:
        return
    if options.name is None:
        raise ClientError({"code": "bad-request", "title": "--instance needs a set"}, EX_USAGE)
    query = urlencode({"set": options.name, "instance": number})
    consoles = Link(options.socket).get(f"/v1/consoles?{query}").get("consoles") or []
    if len(consoles) == 1:
        options.name = str(consoles[0].get("name"))
        return
    what = f"instance {number} of {options.name}"
    if consoles:
        names = ", ".join(str(console.get("name")) for console in consoles)
        members = {"code": "bad-request", "title": f"{names} are all {what}"}
        raise ClientError(members | {"remedy": "Give the name of one"}, EX_USAGE)
    members = {"code": "not-found", "title": f"There is no {what}, or you may not see it"}
    raise ClientError(members | {"remedy": "`com1 list` shows SET and instance"}, EX_FAILURE)


def list_consoles(options: Namespace) -> None:
    """`com1 list`."""
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


def status(options: Namespace) -> None:
    """`com1 status`."""
    console = Link(options.socket).get(console_path(options.name))
    if options.json:
        print_json(console)
    else:
        print_sheet(console_sheet(console))


def connect(options: Namespace) -> None:
    """`com1 connect`."""
    # asyncio and websockets take longer to import than `com1 list` takes as a whole.
    from com1d.frontends.session.attachment import Wanted  # noqa: PLC0415
    from com1d.frontends.terminal.connect import connect as connect_  # noqa: PLC0415

    mode = "observe" if options.observe else "active"
    wanted = Wanted(
        mode, replay=options.replay, preempt=not options.no_preempt, queue=options.queue
    )
    connect_(Link(options.socket), options.name, wanted)


def demo(options: Namespace) -> int:
    """`com1 demo`."""
    from com1d.frontends.demo.demo import demo as demo_  # noqa: PLC0415  # brings the same

    return demo_(options)


ACT_PATIENCE: Final = 90.0
"""Seconds for a verb. The daemon gives a hypervisor 10 s for each, a program for `exec:` 60."""

RESTART_PATIENCE: Final = 360.0
"""The same for a restart: 180 s, for `exec:` 300, which a guest may need to shut down."""

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
    patience = RESTART_PATIENCE if options.action == "restart" else ACT_PATIENCE
    answer = Link(options.socket).post(
        console_path(options.name, options.action), patience=patience
    )
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
    keys, to = {"keys": options.keys}, options.name
    if options.keyboard:
        keys, to = keys | {"on": "keyboard"}, f"the keyboard of {options.name}"
    answer = Link(options.socket).post(path, keys)
    say(options, answer, f"{' '.join(options.keys)} sent to {to}")


def say(options: Namespace, answer: Any, done: str) -> None:
    """Report what was done: in words, or the daemon's answer as JSON."""
    if options.json:
        print_json(answer)
    else:
        print(visible(done))


def print_json(answer: Any) -> None:
    """Print an answer for a program."""
    print(json.dumps(answer, indent=2))

"""Consoles as people read them: a table of all, a sheet about one."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any, Final

from com1d.frontends.words.visible import visible
from com1d.wire.origin import person


COLUMNS: Final = ("NAME", "SET", "STATE", "GUEST", "ACTIVE", "OBSERVERS", "PORT")

UNSERVED: Final = "unserved"
"""The state of a VM that has no console."""

GAP: Final = "  "

SHORT_MARGIN: Final = 1.0
"""Seconds that a restart of the daemon takes: a guest with less has to wait for it."""


def console_rows(consoles: Iterable[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Give one row of `COLUMNS` for each console."""
    return [
        (
            str(console.get("name", "")),
            _set(console, " ") or "-",
            _state(console),
            _guest(console),
            _user(console.get("active")),
            str(len(console.get("observers") or ())),
            str(console.get("port", "")),
        )
        for console in consoles
    ]


def unserved_rows(vms: Iterable[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Give such a row for each VM that has no console, with the reason in the last column."""
    return [
        (str(vm.get("name") or vm.get("discovered") or ""), "-", UNSERVED, "-", "-", "-",
         str(vm.get("reason", "")))
        for vm in vms
    ]  # fmt: skip


def console_sheet(console: dict[str, Any]) -> list[tuple[str, str]]:
    """Give what is known about one console, as names and values."""
    if console.get("served") is False:
        return _unserved_sheet(console)
    guest = console.get("guest_state") or {}
    sheet = [
        ("name", str(console.get("name", ""))),
        ("VM", str(console.get("vm") or "")),
        ("UUID", str(console.get("uuid") or "")),
        ("set", _set(console, ", instance ")),
        ("found by", str(console.get("discovered") or "")),
        ("port", str(console.get("port", ""))),
        ("state", _state(console)),
        ("reason", str(console.get("reason") or "")),
        ("trouble", str(console.get("trouble") or "")),
        ("guest", _guest(console)),
        ("since", str(guest.get("since") or "")),
        ("hint", str(guest.get("hint") or "")),
        ("survived", _survived(guest)),
        ("unseen", _unseen(guest)),
        ("boot", str(console.get("boot", ""))),
        ("offset", str(console.get("offset", ""))),
        ("log", _log(console.get("log"))),
        ("margin", _margin(console)),
        ("active", _who(console.get("active")) or "nobody"),
        *(("observer", _who(observer)) for observer in console.get("observers") or ()),
    ]
    return [(name, value) for name, value in sheet if value]


def _unserved_sheet(vm: dict[str, Any]) -> list[tuple[str, str]]:
    sheet = [
        ("name", str(vm.get("name", ""))),
        ("VM", str(vm.get("vm") or "")),
        ("found by", str(vm.get("discovered") or "")),
        ("state", UNSERVED),
        ("reason", str(vm.get("reason") or "")),
    ]
    return [(name, value) for name, value in sheet if value]


def _state(console: dict[str, Any]) -> str:
    if not console.get("enabled", True):
        return "disabled"
    return "up" if console.get("connected") else "down"


def _set(console: dict[str, Any], between: str) -> str:
    parts = (console.get("set"), console.get("instance"))
    return between.join(str(part) for part in parts if part is not None)


def _guest(console: dict[str, Any]) -> str:
    kind = str(console.get("guest") or "")
    state = str((console.get("guest_state") or {}).get("state") or "unknown")
    return f"{kind}: {state}" if kind else state


def _margin(console: dict[str, Any]) -> str:
    """Say how long the guest goes on without com1d, and what would give it longer."""
    margin = console.get("stall_margin")
    if not isinstance(margin, dict):
        return ""
    seconds, fullest = float(margin.get("seconds", 0)), float(margin.get("fullest", 0))
    said = f"can print {seconds:.2g} s" if seconds < SHORT_MARGIN else f"can print {seconds:.0f} s"
    said += f" while com1d is away; fullest so far {_percent(fullest)}"
    kind = str(console.get("port", "")).partition(":")[0]
    advice = {"pipe": "raise pipe_size", "serial": ""}
    if seconds >= SHORT_MARGIN or not (way := advice.get(kind, "a pipe: port gives it 91 s")):
        return said
    return f"{said}; {way}"


def _percent(share: float) -> str:
    return "under 1 %" if 0 < share < 0.01 else f"{share:.0%}".replace("%", " %")  # noqa: PLR2004  # 1 %


def _log(log: Any) -> str:
    """Say how the boot diagnostics log is, most of all that it fails."""
    if not isinstance(log, dict):
        return ""
    said = f"{log.get('bytes')} bytes on the disk, from offset {log.get('oldest')} on"
    if log.get("missed"):
        said += f"; {log['missed']} bytes are missing"
    return f"cannot be written: {log['failing']}; {said}" if log.get("failing") else said


def _user(session: Any) -> str:
    return _person(session) if isinstance(session, dict) else "-"


def _person(session: dict[str, Any]) -> str:
    return person(str(session.get("user", "")), session.get("origin"))


def _survived(guest: dict[str, Any]) -> str:
    notice = guest.get("notice")
    if not isinstance(notice, dict):
        return ""
    return f"{notice.get('what')} at {notice.get('at')}: {notice.get('evidence')}"


def _unseen(guest: dict[str, Any]) -> str:
    count = guest.get("skipped")
    return f"{count} bytes of output, which came too fast to look at" if count else ""


def _who(session: Any) -> str:
    if not isinstance(session, dict):
        return ""
    return (
        f"{_person(session)} (uid {session.get('uid')}, process {session.get('pid')}),"
        f" by {session.get('via')}, since {session.get('since')}"
    )


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in aligned columns; in colour where there is a terminal that wants it."""
    cells = [[visible(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _print_rich(head, cells)
    else:
        print("\n".join(aligned([head, *cells])))


def print_sheet(sheet: Sequence[tuple[str, str]]) -> None:
    """Print names and values, the values aligned."""
    print("\n".join(aligned([(f"{name}:", visible(value)) for name, value in sheet])))


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Give each row as a line in which every column begins at the same place."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


_COLOURS: Final = {"up": "green", "down": "red", UNSERVED: "red", "disabled": "yellow"}


def _print_rich(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    # rich takes longer to import than the daemon to answer; scripts never need it.
    from rich.console import Console  # noqa: PLC0415
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    table = Table(*head, box=None, pad_edge=False, padding=(0, len(GAP), 0, 0))
    for row in rows:
        table.add_row(*(Text(cell, style=_COLOURS.get(cell, "")) for cell in row))
    Console(highlight=False).print(table)

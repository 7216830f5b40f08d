"""All consoles as a table: which there are, what is with them, and who is on since when."""

from collections.abc import Iterable
from typing import Any, Final

from com1d.frontends.words.clock import local
from com1d.wire.origin import person


COLUMNS: Final = ("NAME", "SET", "STATE", "GUEST", "ACTIVE", "OTHERS", "PORT, OR WHY NOT")

UNSERVED: Final = "unserved"
"""The state of a VM that has no console."""


def console_rows(consoles: Iterable[dict[str, Any]]) -> list[tuple[str, ...]]:
    """Give one row of `COLUMNS` for each console."""
    return [
        (
            str(console.get("name", "")),
            belongs(console, " ") or "-",
            state_of(console),
            guest_of(console),
            _active(console.get("active")),
            _others(console),
            _port(console),
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


def without_sets(
    head: tuple[str, ...], rows: list[tuple[str, ...]]
) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Leave the column of the sets out where there is none."""
    at = COLUMNS.index("SET")
    if any(row[at] != "-" for row in rows):
        return head, rows
    return head[:at] + head[at + 1 :], [row[:at] + row[at + 1 :] for row in rows]


def state_of(console: dict[str, Any]) -> str:
    """Say whether a console can be used."""
    if not console.get("enabled", True):
        return "disabled"
    return "up" if console.get("connected") else "down"


def belongs(console: dict[str, Any], between: str) -> str:
    """Say of which scale set it is."""
    parts = (console.get("set"), console.get("instance"))
    return between.join(str(part) for part in parts if part is not None)


def guest_of(console: dict[str, Any]) -> str:
    """Say whose the guest is, and what it does."""
    kind = str(console.get("guest") or "")
    state = str((console.get("guest_state") or {}).get("state") or "unknown")
    return f"{kind}: {state}" if kind else state


def disabled(console: dict[str, Any]) -> str:
    """Say who disabled a console, and when; nothing where it is not."""
    off = console.get("disabled")
    if not isinstance(off, dict):
        return ""
    by = f"by {off['by']}, {local(off.get('at'))}" if off.get("by") else ""
    what = {"host-disabled": "with the whole host"}.get(str(off.get("code")), "")
    return " ".join(part for part in (what, by) if part) or str(off.get("code", ""))


def _active(session: Any) -> str:
    if not isinstance(session, dict):
        return "-"
    name = person(
        str(session.get("user", "")),
        {key: (session.get("origin") or {}).get(key) for key in ("login", "gateway")},
    )
    return f"{name} {local(session.get('since'))}".rstrip()


def _others(console: dict[str, Any]) -> str:
    watching, waiting = (len(console.get(each) or ()) for each in ("observers", "waiting"))
    return f"{watching}, {waiting} waiting" if waiting else str(watching)


def _port(console: dict[str, Any]) -> str:
    if off := disabled(console):
        return f"disabled {off}"
    reason = str(console.get("reason") or "")
    return reason if reason and not console.get("connected") else str(console.get("port", ""))

"""One console as a sheet: all that is known of it, a line each."""

from typing import Any, Final

from com1d.frontends.words.advice import port_hint
from com1d.frontends.words.clock import local
from com1d.frontends.words.listing import UNSERVED, belongs, disabled, guest_of, state_of
from com1d.wire.origin import person


SHORT_MARGIN: Final = 1.0
"""Seconds that a restart of the daemon takes: a guest with less has to wait for it."""


def console_sheet(
    console: dict[str, Any], boots: list[dict[str, Any]] | None = None
) -> list[tuple[str, str]]:
    """Give what is known about one console, as names and values; `boots` are those of its log."""
    if console.get("served") is False:
        return _unserved_sheet(console)
    guest = console.get("guest_state") or {}
    down = not console.get("connected")
    sheet = [
        ("name", str(console.get("name", ""))),
        ("VM", str(console.get("vm") or "")),
        ("UUID", str(console.get("uuid") or "")),
        ("set", belongs(console, ", instance ")),
        ("found by", str(console.get("discovered") or "")),
        ("port", str(console.get("port", ""))),
        ("state", state_of(console)),
        ("disabled", disabled(console)),
        ("reason", str(console.get("reason") or "")),
        ("trouble", str(console.get("trouble") or "")),
        ("guest", guest_of(console)),
        ("since", local(guest.get("since"))),
        ("hint", port_hint(console) if down else str(guest.get("hint") or "")),
        ("survived", _survived(guest)),
        ("unseen", _unseen(guest)),
        ("control", _control(console)),
        ("your role", str(console.get("role") or "")),
        ("boot", _boot(console, boots or [])),
        ("offset", str(console.get("offset", ""))),
        ("log", _log(console.get("log"))),
        ("margin", _margin(console)),
        ("active", _who(console.get("active")) or "nobody"),
        *(("observer", _who(each)) for each in console.get("observers") or ()),
        *(("waiting", _who(each)) for each in console.get("waiting") or ()),
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


def _control(console: dict[str, Any]) -> str:
    """Say by what the VM is controlled, and what port and control can do."""
    control = console.get("control")
    kind = str(control.get("kind")) if isinstance(control, dict) else "none"
    can = ", ".join(map(str, console.get("can") or ()))
    deaf = isinstance(control, dict) and control.get("hears") is False
    said = f"{kind}, can {can}" if can else kind
    return f"{said}; it tells nothing by itself" if deaf else said


def _boot(console: dict[str, Any], boots: list[dict[str, Any]]) -> str:
    number = str(console.get("boot", ""))
    if not boots:
        return number
    newest = boots[-1]
    return f"{number}, since {local(newest.get('started'))} ({newest.get('cause')})"


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
    said = f"takes {log.get('bytes')} bytes of disk, begins at offset {log.get('oldest')}"
    if log.get("missed"):
        said += f"; {log['missed']} bytes are missing"
    return f"cannot be written: {log['failing']}; {said}" if log.get("failing") else said


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
    name = person(str(session.get("user")), session.get("origin"))
    command = f" {session['command']}" if session.get("command") else ""
    return (
        f"{name} since {local(session.get('since'))}, process {session.get('pid')}{command}"
        f" by {session.get('via')}"
    )

"""What the menu shows about a console: who is on, and where its stream is."""

from collections.abc import Iterator
from typing import Any, Final

from com1d.frontends.terminal.sizing import COLUMNS, ROWS
from com1d.frontends.words.clock import local
from com1d.frontends.words.states import SAC
from com1d.frontends.words.visible import visible
from com1d.wire.origin import person


_ROLES: Final = (("active", "types"), ("observers", "watches"), ("waiting", "waits"))


def who(console: dict[str, Any]) -> tuple[str, ...]:
    """Give a line for each who is on a console."""
    return tuple(map(visible, _people(console))) or ("nobody is on",)


def _people(console: dict[str, Any]) -> Iterator[str]:
    for key, does in _ROLES:
        sessions = console.get(key) or ()
        for one in [sessions] if isinstance(sessions, dict) else sessions:
            name = person(str(one.get("user")), one.get("origin"))
            by = f"by {one.get('command') or one.get('via')}, process {one.get('pid')}"
            yield f"{name} {does} since {local(one.get('since'))}, {by}"


def info(console: dict[str, Any], mode: str, offset: int, size: tuple[int, int]) -> tuple[str, ...]:
    """Give what is known of a console, of one's own place in its stream, and of the terminal."""
    rows, columns = size
    guest = console.get("guest_state") or {}
    state = guest.get("state")
    parts = (
        f"{console.get('name')}: {mode}",
        f"guest: {state}{f' ({COLUMNS}x{ROWS})' if state in SAC else ''}",
        f"since {local(guest.get('since'))}" if guest.get("since") else "",
        f"terminal {columns}x{rows}",
        f"offset {offset} of {console.get('offset')}",
        f"boot {console.get('boot')}",
        "" if console.get("connected") else f"down: {console.get('reason')}",
    )
    return tuple(visible(part) for part in parts if part)

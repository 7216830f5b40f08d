"""The one line that says where a user is: which console, as whom, and how to get away."""

from typing import Final

from com1d.wire.events import Attached


WAYS: Final = "Ctrl-] ? help, Ctrl-] q quit"


def greeting(event: Attached, *, observes: bool) -> str:
    """Greet a user whose session has the seat, or only watches."""
    name, user = event.console or "the console", event.user or "nobody"
    does = "you watch" if observes else "you type"
    ways = f"Ctrl-] a types, {WAYS}" if observes else WAYS
    if event.connected is False:
        why = f": {event.reason}" if event.reason else ""
        return f"{name} is down{why}. Once it is up, {does} as {user}; {ways}"
    return f"{name}: {does} as {user}; {ways}"

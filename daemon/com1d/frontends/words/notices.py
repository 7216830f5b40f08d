"""What the daemon's events say to a person, one line each."""

from typing import Any, Final

from com1d.frontends.words.visible import visible


_VM: Final = {
    "reset": "the VM was reset",
    "shutdown": "the VM shuts down",
    "panic": "the guest panicked",
}


ALARMING: Final = frozenset(
    {"kernel-panic", "bugcheck", "kernel-debugger", "emergency", "health-only"}
)
"""States of a guest whose hint is worth a line of its own. What a user sees anyway, such as a
prompt, is not; `com1 status` has the hint of every state."""


def notice(event: dict[str, Any]) -> str | None:
    """Put an event into words, safe to print; none for events that are not for the user."""
    said = _words(event) or _manners(event)
    return None if said is None else visible(said)


def _words(event: dict[str, Any]) -> str | None:
    said = None
    match event:
        case {"event": "lost", "bytes": count}:
            said = f"{count} bytes of output were lost here"
        case {"event": "input-refused"}:
            said = f"refused: {event.get('detail') or event.get('title') or event.get('code')}"
        case {"event": "input-discarded", "bytes": count}:
            said = f"{count} bytes that you typed were discarded"
        case {"event": "attached", "connected": False}:
            said = "the port is down; waiting for the VM"
        case {"event": "port-down"}:
            said = f"the port is down; waiting for the VM ({event.get('reason') or 'no reason'})"
        case {"event": "port-up"}:
            said = "the port is up"
        case {"event": "hint" | "not-draining", "text": str(hint)}:
            said = hint or None
        case {"event": "guest", "state": str(state), "hint": str(hint)} if state in ALARMING:
            said = hint or None
        case {"event": "vm", "what": str(what)}:
            said = _VM.get(what, f"the VM: {what}")
    return said


def _manners(event: dict[str, Any]) -> str | None:
    """Word what users who share a console ask of one another."""
    by = event.get("by")
    match event.get("event"):
        case "waiting":
            return f"you wait, at place {event.get('place')}, for what {by} holds; meanwhile, watch"
        case "seated":
            return "it is your turn: you have the console now"
        case "requested":
            return f"{by} asks you for the console: Ctrl-] g hands it over"
    return None


def taken_over(event: dict[str, Any]) -> dict[str, str]:
    """Say, as members of a problem object, who preempted this session and when."""
    by = event.get("by")
    user = by.get("user") if isinstance(by, dict) else by
    return {"detail": f"by {user or 'somebody'} at {event.get('at') or 'an unknown time'}"}

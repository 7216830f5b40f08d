"""Notices: the daemon's events in words for a person, one line each."""

from typing import Final

from com1d.frontends.words.clock import local
from com1d.frontends.words.visible import visible
from com1d.wire.events import (
    Attached,
    Event,
    GuestNotice,
    GuestState,
    HandedOver,
    Hint,
    InputDiscarded,
    InputRefused,
    Lost,
    Message,
    NotDraining,
    Noted,
    PortDown,
    PortUp,
    Preempted,
    Requested,
    Seated,
    VmTold,
    Waiting,
)
from com1d.wire.origin import person


_VM: Final = {
    "reset": "the VM was reset",
    "shutdown": "the VM shuts down",
    "panic": "the guest panicked",
}


ALARMING: Final = frozenset(
    {"kernel-panic", "bugcheck", "kernel-debugger", "emergency", "health-only"}
)
"""Guest states whose hint is printed. States that a user sees anyway, such as a prompt, are not
among them; `com1 status` has the hint of every state."""


def notice(event: Event) -> str | None:
    """Put an event into words, safe to print; none for events that are not for the user."""
    said = _of_bytes(event) or _of_port(event) or _of_vm(event) or _of_others(event)
    return visible(said) if said else None


def _of_bytes(event: Event) -> str | None:
    """Describe lost or discarded bytes, in either direction."""
    match event:
        case Lost(bytes=int(count)):
            return f"{count} bytes of output were lost here"
        case InputRefused():
            return _refused(event)
        case InputDiscarded(bytes=int(count)):
            return f"{count} bytes that you typed were discarded"
        case Hint(text=str(text)) | NotDraining(text=str(text)):
            return text
    return None


def _refused(event: InputRefused) -> str:
    said = str(event.detail or event.more.get("title") or event.code)
    if event.code == "paste-stopped":  # by the user himself, as often as not
        return said
    remedy = "; Ctrl-] p pastes a file in parts" if event.code == "paste-too-long" else ""
    return f"refused: {said}{remedy}"


def _of_port(event: Event) -> str | None:
    """Describe whether the port is up."""
    match event:
        case Attached(connected=False):
            return "the port is down; waiting for the VM"
        case PortDown(reason=reason):
            return f"the port is down; waiting for the VM ({reason or 'no reason'})"
        case PortUp():
            return "the port is up"
    return None


def _of_vm(event: Event) -> str | None:
    """Describe the guest's state and its VM's events."""
    match event:
        case GuestState(state=str(state), hint=str(hint)) if state in ALARMING:
            return hint
        case GuestNotice(what=what, evidence=evidence):
            return f"the guest goes on after this: {what} ({evidence})"
        case VmTold(what="skipped", cause=str(cause)):
            return f"the VM: {cause} were not told"
        case VmTold(text=str(text)):
            return f"the VM: {text}"
        case VmTold(what=str(what)):
            return _VM.get(what, f"the VM: {what}")
    return None


def _of_others(event: Event) -> str | None:
    """Describe the queue and the requests of users who share a console."""
    match event:
        case Waiting(place=place, by=by):
            holder = f"{person(by, event.origin)}, who has had the console since"
            rank = "next" if place == 1 else f"number {place} in the queue"
            return f"you are {rank}, behind {holder} {local(event.since)}; meanwhile you watch"
        case Message(by=by, text=text):
            return f"{person(by, event.origin)} says: {text}"
        case Noted(by=by, text=text):
            return f"{person(by, event.origin)} noted in the log: {text}"
        case Seated():
            return "it is your turn: you have the console now"
        case Requested(by=by):
            return f"{person(by, event.origin)} asks you for the console: Ctrl-] g hands it over"
    return None


def taken_over(event: Preempted | HandedOver) -> dict[str, str]:
    """Say, as members of a problem object, who has the seat now, and since when."""
    at = local(event.at) or "an unknown time"
    if isinstance(event, HandedOver):
        to = person(event.to or "somebody", event.origin)
        return {"title": f"You handed the console over to {to} at {at}", "detail": ""}
    by = person(event.by or "Somebody", event.origin)
    return {"title": f"{by} took over the console at {at}", "detail": ""}

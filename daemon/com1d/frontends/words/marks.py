"""Marks of a boot diagnostics log, which stand beside its bytes, in words."""

from typing import Any

from com1d.frontends.words.clock import local
from com1d.wire.origin import person


def words(mark: dict[str, Any]) -> str | None:
    """Say what a mark notes; None for one that readers of the text do not need."""
    facts = mark.get("facts") or {}
    match mark.get("mark"):
        case "gap":
            return f"{facts.get('bytes')} bytes are missing here: {facts.get('reason')}"
        case "note":
            who = person(str(facts.get("user")), facts)
            return f"{local(mark.get('at'))} {who} noted: {facts.get('text')}"
    return None

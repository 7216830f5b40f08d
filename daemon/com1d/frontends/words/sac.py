"""The daemon's answers about channels of Windows's SAC, put into words."""

from collections.abc import Iterable
from typing import Any, Final


_DONE: Final = {
    "cmd": "{channel} is open and asks for a user",
    "next": "{channel} is next; a key shows it, ESC TAB 0 goes back to SAC",
    "switch": "{channel} is on the screen",
    "close": "{closed} is closed",
}


def done(do: str, answer: dict[str, Any]) -> str:
    """Put an answer into words."""
    if do == "channels":
        listed = (f"{number} {name} ({status})" for number, name, status, _ in rows(answer))
        return f"channels: {', '.join(listed)}"
    names = {key: answer.get(key) for key in ("channel", "closed")}
    return _DONE[do].format_map(names)


def rows(answer: dict[str, Any]) -> Iterable[tuple[str, str, str, str]]:
    """Give a row for each channel."""
    for channel in answer.get("channels") or []:
        yield (
            str(channel.get("number")),
            str(channel.get("name")),
            "active" if channel.get("active") else "inactive",
            "raw" if channel.get("raw") else "vt-utf8",
        )

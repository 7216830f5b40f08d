"""`com1 sac`: the channels of a Windows guest's Special Administration Console."""

from argparse import Namespace
from collections.abc import Iterable
from typing import Any, Final

from com1d.frontends.commands.one_shot import ACT_PATIENCE, print_json, say
from com1d.frontends.session.link import Link, console_path
from com1d.frontends.words.tables import print_table


COLUMNS: Final = ("CHANNEL", "NAME", "STATUS", "TYPE")

_DONE: Final = {
    "cmd": "{channel} is open and asks for a user",
    "next": "{channel} is next; a key shows it, ESC TAB 0 goes back to SAC",
    "switch": "{channel} is on the screen",
    "close": "{closed} is closed",
}


def sac(options: Namespace) -> None:
    """`com1 sac channels|cmd|next|switch|close`."""
    body = {"do": options.do}
    if options.channel is not None:
        body["channel"] = options.channel
    path = console_path(options.name, "sac")
    answer = Link(options.socket).post(path, body, patience=ACT_PATIENCE)
    if options.do != "channels":
        say(options, answer, f"{options.name}: {done(options.do, answer)}")
    elif options.json:
        print_json(answer)
    else:
        print_table(COLUMNS, list(rows(answer)))


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

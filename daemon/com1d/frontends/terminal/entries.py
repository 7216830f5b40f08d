"""The entries of the menu, declared once: key, words, a line of help, and when it is offered.

The keys are those of `az serial-console` where it has one: n NMI, r reset, s SysRq, q quit.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from com1d.frontends.terminal.standing import Standing


class Entry(NamedTuple):
    """One entry."""

    key: str
    words: str
    help: str
    offered: Callable[[Standing], bool] = lambda _: True
    """Whether the console can do it, now, for this user."""


ENTRIES: Final = (
    Entry("g", "hand over to {asked_by}", "give {asked_by} the console, as asked",
          lambda now: now.types and bool(now.asked_by)),
    Entry("a", "take over", "type; whoever types now is told, and goes on watching",
          lambda now: not now.types and now.role != "reader"),
    Entry("x", "ask for it", "ask whoever types to hand the console over, and wait for it",
          lambda now: not now.types and now.held and now.role != "reader"),
    Entry("k", "keys", "press keys by name: F8, Shift-Tab, Ctrl-Alt-Delete",
          lambda now: now.types and now.connected),
    Entry("b", "break", "send a serial break",
          lambda now: now.types and now.connected and "break" in now.can),
    Entry("n", "NMI", "send a non-maskable interrupt, which may crash the VM",
          lambda now: now.may_act and "nmi" in now.can),
    Entry("r", "reset", "reset the VM at once, which loses unsaved data",
          lambda now: now.may_act and "reset" in now.can),
    Entry("e", "restart", "ask the guest to shut down, and start the VM again",
          lambda now: now.may_act and "restart" in now.can),
    Entry("s", "SysRq", "send SysRq keys to a Linux guest",
          lambda now: now.types and now.connected and not now.windows and "break" in now.can),
    Entry("c", "SAC", "list, open and change channels of Windows's SAC",
          lambda now: now.types and now.connected and now.windows),
    Entry("t", "terminal size", "type stty at the shell, to tell it this terminal's size",
          lambda now: now.types and now.at_shell and not now.full_screen),
    Entry("p", "paste a file", "paste a text file, in parts if it is long",
          lambda now: now.types and now.connected),
    Entry("o", "watch only", "give the keyboard up, and go on watching",
          lambda now: now.types),
    Entry("w", "who is on", "say who types, watches and waits, and since when"),
    Entry("m", "message", "say something to all who are on this console",
          lambda now: now.others > 0),
    Entry("l", "log a note", "write a line into the log, where the guest is now",
          lambda now: now.logged and now.may_act),
    Entry("v", "view history", "scroll through what was printed before",
          lambda now: now.logged),
    Entry("/", "search", "look for a text in what was printed before",
          lambda now: now.logged),
    Entry("d", "times", "put the time before each new line, or stop that",
          lambda now: not now.full_screen),
    Entry("h", "hint", "say what the guest does, and what helps"),
    Entry("i", "info", "say where in the stream and in which boot this is"),
    Entry("z", "suspend", "back to the shell for a while; `fg` goes on here",
          lambda now: now.jobs),
    Entry("q", "quit", "leave"),
    Entry("?", "help", "this list"),
)  # fmt: skip
"""In the order in which they are shown."""

SEND: Final = Entry("Ctrl-]", "send it", "send Ctrl-] to the guest", lambda now: now.types)


def offered(now: Standing) -> dict[str, Entry]:
    """Give the entries that can be chosen now, by their keys."""
    return {entry.key: entry for entry in (*ENTRIES, SEND) if entry.offered(now)}


def labels(now: Standing) -> tuple[str, ...]:
    """Give what the menu shows of them."""
    return tuple(
        f"{key} {entry.words.format(asked_by=now.asked_by)}" for key, entry in offered(now).items()
    )


def lines(now: Standing) -> tuple[str, ...]:
    """Give a line of help for each."""
    return tuple(
        f"{key:>6}  {entry.words.split(' to {')[0]:<14}{entry.help.format(asked_by=now.asked_by)}"
        for key, entry in offered(now).items()
    )

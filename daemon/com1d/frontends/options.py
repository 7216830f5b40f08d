"""The options and arguments of each command of `com1`."""

import argparse
import re
from argparse import ArgumentParser
from typing import Final

from com1d.frontends.words.top_rows import ORDERS


DESK: Final = "/run/com1-web/link.sock"


def add_list(parser: ArgumentParser) -> None:
    """Take `--set` or `--logs`, and `--watch`."""
    parser.add_argument(
        "--watch", action="store_true", help="again every 2 s, at a terminal; Ctrl-C ends it"
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument(
        "--set", type=_name, metavar="SET", help="only the consoles of this scale set"
    )
    what.add_argument(
        "--logs", action="store_true", help="the logs of VMs whose names other VMs have now"
    )


def add_top(parser: ArgumentParser) -> None:
    """Take a filter, and whether to print the table once."""
    parser.add_argument("filter", nargs="*", metavar="WORD", help="what name, set or state have")
    parser.add_argument(
        "--set", type=_name, metavar="SET", help="only the consoles of this scale set"
    )
    parser.add_argument("--once", action="store_true", help="print the table, and leave")
    parser.add_argument(
        "--sort", choices=ORDERS, default="alarm", metavar="COLUMN",
        help=f"{', '.join(ORDERS)} (alarm)",
    )  # fmt: skip


def add_name(parser: ArgumentParser) -> None:
    """Take a console's name."""
    parser.add_argument(
        "name", type=_name, metavar="NAME", help="a console, as `com1 list` shows it"
    )
    _add_instance(parser)


def add_open(parser: ArgumentParser) -> None:
    """Take a name, and where com1-web makes links."""
    add_name(parser)
    parser.add_argument(
        "--gateway", metavar="PATH", default=DESK, help=f"the socket of com1-web ({DESK})"
    )


def add_nothing(_parser: ArgumentParser) -> None:
    """Take no arguments of its own."""


def _name(text: str) -> str:
    # An unset variable of a script arrives like this, and must not come to mean "all".
    if not text.strip():
        raise argparse.ArgumentTypeError("the name is empty")
    return text


def _add_instance(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--instance", type=_instance, metavar="N", help="NAME is a scale set; this one of it"
    )


def _instance(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of an instance")
    return int(text)


def add_connect(parser: ArgumentParser) -> None:
    """Take a name, and how to attach."""
    add_name(parser)
    parser.add_argument("--observe", action="store_true", help="watch only; disturbs nobody")
    parser.add_argument(
        "--idle", type=_seconds, metavar="SECONDS",
        help="without a terminal: how long the guest has to be silent before it leaves (1)",
    )  # fmt: skip
    manners = parser.add_mutually_exclusive_group()
    manners.add_argument(
        "--no-preempt", action="store_true",
        help="give up, with exit code 75, when somebody holds the session",
    )  # fmt: skip
    manners.add_argument(
        "--preempt", action="store_true", help="take over, also without a terminal"
    )
    manners.add_argument(
        "--wait", dest="queue", action="store_const", const="wait",
        help="watch until the session is free, then take it",
    )  # fmt: skip
    manners.add_argument(
        "--request", dest="queue", action="store_const", const="request",
        help="the same, and ask whoever holds it; Ctrl-] g hands it over",
    )  # fmt: skip
    parser.add_argument(
        "--replay",
        type=_replay,
        metavar="N|boot|screen|none",
        help="show this many bytes of what was said before, all since the boot, or the screen as "
        "it is now, such as a boot menu (16384)",
    )


def _replay(text: str) -> str:
    if text not in ("boot", "screen", "none") and not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes, boot, screen or none")
    return text


def add_log(parser: ArgumentParser) -> None:
    """Take a name, which part of its log, and in which form."""
    add_name(parser)
    part = parser.add_argument_group("which part of it (all of this boot)")
    part.add_argument("--boot", type=_boot, metavar="N", help="0 is this boot, -1 the one before")
    part.add_argument(
        "--since",
        metavar="T",
        help='from this time on, of the local zone: "10 min ago", 13:45, "2026-01-31 12:00"',
    )
    part.add_argument(
        "--from", dest="start", type=_count, metavar="OFFSET", help="from this byte of the stream"
    )
    part.add_argument(
        "--bytes", type=_count, metavar="N",
        help="at most N: the first after --since or --from, else the last",
    )  # fmt: skip
    part.add_argument("--tail", type=_count, metavar="N", help="the last N lines of it")
    part.add_argument("--grep", type=_pattern, metavar="RE", help="the lines with a match")
    parser.add_argument("--timestamps", action="store_true", help="when each line came, in UTC")
    parser.add_argument(
        "--follow",
        dest="run",
        action="store_const",
        const="com1d.frontends.commands.follow:run",
        help="go on with what comes, till Ctrl-C",
    )
    parser.add_argument("--raw", action="store_true", help="the bytes as the guest sent them")


def _boot(text: str) -> int:
    if not re.fullmatch(r"0|-[1-9][0-9]{0,5}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not 0, -1, -2 and so on")
    return int(text)


def _count(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number")
    return int(text)


def _pattern(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no regular expression: {error}") from None


def add_text(parser: ArgumentParser) -> None:
    """Take a name and a text."""
    add_name(parser)
    parser.add_argument("text", type=_name, metavar="TEXT", help="300 characters at most")


def add_replay(parser: ArgumentParser) -> None:
    """Take a name, which boot, and how it is played."""
    add_name(parser)
    parser.add_argument(
        "--boot",
        type=_boot,
        default=0,
        metavar="N",
        help="0 is this boot (0), -1 the one before",
    )
    parser.add_argument(
        "--speed", type=_seconds, default=1.0, metavar="N", help="so many times as fast (1)"
    )
    parser.add_argument(
        "--idle", type=_seconds, default=2.0, metavar="SECONDS", help="the longest pause (2)"
    )
    parser.add_argument("--cast", metavar="FILE", help="write it as asciicast v2 instead")


def add_completion(parser: ArgumentParser) -> None:
    """Take a shell."""
    parser.add_argument("shell", nargs="?", choices=("bash", "zsh", "fish"), help="for which shell")
    parser.add_argument("--words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)


def _seconds(text: str) -> float:
    if not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text) or not float(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number above 0")
    return float(text)


def add_sysrq(parser: ArgumentParser) -> None:
    """Take a name and SysRq keys."""
    add_name(parser)
    parser.add_argument(
        "keys", metavar="KEYS",
        help="letters and digits, one SysRq each: h prints what they do, REISUB reboots a guest "
        "that hangs",
    )  # fmt: skip


def add_keys(parser: ArgumentParser) -> None:
    """Take a name and keys, and where and how they are pressed."""
    add_name(parser)
    parser.add_argument(
        "keys", metavar="KEY", nargs="+",
        help="F1 to F12, Up, Down, Left, Right, Home, End, Insert, Delete, PageUp, PageDown, "
        "Enter, Escape, Tab or Backspace, with Shift-, Ctrl- or Alt- before it, and Ctrl-A to "
        "Ctrl-Z",
    )  # fmt: skip
    manners = parser.add_mutually_exclusive_group()
    manners.add_argument(
        "--hold", dest="run", action="store_const", const="com1d.frontends.commands.hold:run",
        help="press again and again until the guest's state changes, for a minute at most",
    )  # fmt: skip
    manners.add_argument(
        "--keyboard", action="store_true",
        help="press them on the VM's emulated keyboard, not on the serial line; needs no session",
    )  # fmt: skip


def add_channel(parser: ArgumentParser) -> None:
    """Take a name and a channel of SAC."""
    add_name(parser)
    parser.add_argument(
        "channel", type=_name, metavar="CHANNEL", help="its name, as `channels` shows it"
    )


def add_paste(parser: ArgumentParser) -> None:
    """Take a name, a file, and how it is pasted."""
    add_name(parser)
    parser.add_argument(
        "file", metavar="FILE", nargs="?", default="-", help="UTF-8 text (standard input)"
    )
    parser.add_argument(
        "--verify", action="store_true", help="wait for the guest's echo of each character"
    )
    parser.add_argument(
        "--slow", action="store_true", help="send a longer text in parts, one after the other"
    )


def add_enable(parser: ArgumentParser) -> None:
    """Take a name, or none for the whole host."""
    _add_one_or_all(parser, "a console")


def add_disable(parser: ArgumentParser) -> None:
    """Take a name or `--all`."""
    _add_one_or_all(parser, "a console")


def _add_one_or_all(parser: ArgumentParser, which: str) -> None:
    parser.add_argument("name", type=_name, metavar="NAME", nargs="?", help=which)
    parser.add_argument("--all", action="store_true", help="every console of this host")
    _add_instance(parser)


def add_demo(parser: ArgumentParser) -> None:
    """Take the guest of the demonstration."""
    parser.add_argument(
        "--guest",
        choices=("windows", "linux"),
        default="windows",
        help="simulated Windows with SAC (default), or Linux under QEMU",
    )
    parser.add_argument("--kernel", metavar="FILE", help="for --guest linux")
    parser.add_argument("--initrd", metavar="FILE", help="for --guest linux")
    parser.add_argument(
        "--check", action="store_true", help="no terminal: go through it, print it, exit 0 or 1"
    )

"""The arguments of `com1`, and what its help says. The table `COMMANDS` is the command line."""

import argparse
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final, NamedTuple, NoReturn

from com1d.errors import EX_USAGE
from com1d.frontends import commands, pasting
from com1d.frontends.link import DEFAULT_SOCKET, default_socket
from com1d.frontends.visible import visible


_DESCRIPTION: Final = """\
Use the serial consoles of this host's VMs.

One user at a time holds a console's active session. The newest takes it over, and the one before
is told by whom. Any number of users may observe."""

_EPILOG: Final = """\
examples:
  com1 list
  com1 connect web01
  com1 demo

exit codes:
  0 ok, 1 something else, 64 usage, 69 com1d or the VM is not reachable, 75 preempted or busy,
  77 forbidden, 78 configuration. What went wrong is on stderr in one line, with its code.

environment:
  COM1_SOCKET  the daemon's socket, unless --socket names one
  NO_COLOR     no colours, not even on a terminal"""


class Command(NamedTuple):
    """One command: its words, its help, and how to take its arguments."""

    name: str
    help: str
    examples: tuple[str, ...]
    add: Callable[[ArgumentParser], None]
    more: str = ""
    """What the help says beyond its first line."""


class _Parser(ArgumentParser):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **keywords)

    def error(self, message: str) -> NoReturn:
        """Exit as the interface has it for wrong usage."""
        self.print_usage(sys.stderr)
        self.exit(EX_USAGE, f"com1: usage: {visible(message)}\n")


def parser() -> ArgumentParser:
    """Build the parser. What it parses has `run`, the function that does the command."""
    whole = _Parser(prog="com1", description=_DESCRIPTION, epilog=_EPILOG)
    whole.add_argument("--version", action="version", version=f"com1 {version('com1d')}")
    _add_common(whole, default_socket(), as_json=False)
    _add_commands(whole, COMMANDS)
    return whole


def _add_common(parser: ArgumentParser, socket: str, *, as_json: bool | str) -> None:
    parser.add_argument(
        "--socket", metavar="PATH", default=socket, help=f"the daemon's socket ({DEFAULT_SOCKET})"
    )
    parser.add_argument(
        "--json", action="store_true", default=as_json, help="JSON for programs, errors too"
    )


def _add_commands(parser: ArgumentParser, table: tuple[Command, ...]) -> None:
    kinds = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in table:
        first = command.help[0].upper() + command.help[1:] + "."
        examples = "\n".join(
            f"  {line}" if "| com1 " in line else f"  com1 {line}" for line in command.examples
        )
        one = kinds.add_parser(
            command.name,
            help=command.help,
            description=f"{first}\n\n{command.more}" if command.more else first,
            epilog=f"examples:\n{examples}",
        )
        # Both before and after the command; the default of the former must not be overwritten.
        _add_common(one, argparse.SUPPRESS, as_json=argparse.SUPPRESS)
        command.add(one)


def _add_list(parser: ArgumentParser) -> None:
    parser.set_defaults(run=commands.list_consoles)


def _add_status(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.set_defaults(run=commands.status)


def _add_name(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a console, as `com1 list` shows it")


def _add_connect(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.add_argument("--observe", action="store_true", help="watch only; disturbs nobody")
    manners = parser.add_mutually_exclusive_group()
    manners.add_argument(
        "--no-preempt", action="store_true", help="give up (75) when somebody holds the session"
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
        metavar="N|boot|none",
        help="show this many bytes of what was said before, or all since the boot (16384)",
    )
    parser.set_defaults(run=commands.connect)


def _replay(text: str) -> str:
    if text not in ("boot", "none") and not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes, boot or none")
    return text


def _add_log(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.add_argument(
        "--boot", type=int, metavar="N", help="0 is this boot (default), -1 the one before"
    )
    parser.add_argument("--since", metavar="T", help="from this time on, RFC 3339")
    parser.add_argument("--follow", action="store_true", help="go on with what comes, till Ctrl-C")
    parser.add_argument("--raw", action="store_true", help="the bytes as the guest sent them")
    parser.set_defaults(run=commands.log)


def _add_send(parser: ArgumentParser) -> None:
    _add_commands(parser, _SEND)


def _add_action(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.set_defaults(run=commands.act, action=parser.prog.split()[-1])


def _add_sysrq(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.add_argument("keys", metavar="KEYS", help="letters and digits, one SysRq each")
    parser.set_defaults(run=commands.send_sysrq)


def _add_keys(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.add_argument("keys", metavar="KEY", nargs="+", help="F1 to F12 and others")
    parser.set_defaults(run=commands.send_keys)


def _add_paste(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.add_argument("file", metavar="FILE", nargs="?", default="-", help="UTF-8 (stdin)")
    parser.add_argument(
        "--verify", action="store_true", help="wait for the guest's echo of each character"
    )
    parser.add_argument(
        "--slow", action="store_true", help="send a long text in parts, one after the other"
    )
    parser.set_defaults(run=pasting.paste)


def _add_switch(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", nargs="?", help="a console (the whole host)")
    parser.set_defaults(run=commands.switch, action=parser.prog.split()[-1])


def _add_demo(parser: ArgumentParser) -> None:
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
    parser.set_defaults(run=commands.demo)


_CONNECT: Final = """\
In a terminal, Ctrl-] opens a menu: n NMI, r reset, s SysRq, o observe or a take over, i info,
q quit, and Ctrl-] again sends it to the guest. What you paste goes as one paste.

Without a terminal, standard input goes to the console and the console to standard output. After
the end of the input it leaves when the guest has been silent for a second."""

_SEND: Final = (
    Command("nmi", "send a non-maskable interrupt, which may crash the VM",
            ("send nmi web01",), _add_action),
    Command("reset", "reset the VM at once; unsaved data is lost",
            ("send reset web01",), _add_action),
    Command("restart", "ask the VM to restart in good order",
            ("send restart web01",), _add_action),
    Command("break", "send a serial break",
            ("send break web01",), _add_action),
    Command("sysrq", "send SysRq keys to a Linux guest",
            ("send sysrq web01 h", "send sysrq web01 REISUB"), _add_sysrq),
    Command("keys", "send function and editing keys, encoded as the guest understands them",
            ("send keys web01 F8", "send keys web01 Down Enter"), _add_keys),
)  # fmt: skip

COMMANDS: Final = (
    Command("list", "list the consoles that you may see",
            ("list", "list --json | jq -r '.consoles[].name'"), _add_list),
    Command("status", "show what is known about a console",
            ("status web01", "status web01 --json"), _add_status),
    Command("connect", "connect to a console",
            ("connect web01", "connect web01 --observe", "connect web01 --replay boot",
             "printf 'uname -a\\r' | com1 connect web01"), _add_connect, _CONNECT),
    Command("log", "print a console's boot diagnostics log",
            ("log web01", "log web01 --boot -1", "log web01 --since 2026-01-31T12:00:00Z",
             "log web01 --follow", "log web01 --raw > web01.bytes"), _add_log,
            "Escape sequences are taken out and control characters shown, unless --raw is given."),
    Command("send", "send what no keyboard has: NMI, reset, restart, break, SysRq, keys",
            ("send nmi web01", "send sysrq web01 REISUB", "send keys web01 F8"), _add_send),
    Command("paste", "paste a text, refused as a whole when it is too long",
            ("paste web01 setup.ps1 --verify", "paste web01 long.ps1 --slow",
             "echo hostname | com1 paste web01"), _add_paste),
    Command("enable", "enable a console, or all of this host",
            ("enable web01", "enable"), _add_switch),
    Command("disable", "disable a console, or all of this host",
            ("disable web01", "disable"), _add_switch),
    Command("disconnect", "send everybody away from a console",
            ("disconnect web01",), _add_action),
    Command("demo", "try com1d without a VM: a private daemon with a guest, removed at the end",
            ("demo", "demo --guest linux", "demo --check"), _add_demo),
)  # fmt: skip

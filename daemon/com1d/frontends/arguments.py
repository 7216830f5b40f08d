"""The arguments of `com1`, and what its help says. The table `COMMANDS` is the command line."""

import argparse
import re
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final, NamedTuple, NoReturn

from com1d.errors import EX_USAGE
from com1d.frontends.commands import hold, log, one_shot, paste, sac
from com1d.frontends.session.link import DEFAULT_SOCKET, default_socket
from com1d.frontends.words.visible import visible


_DESCRIPTION: Final = """\
Use the serial consoles of this host's VMs.

One user at a time holds a console's active session. The newest takes it over, and the one before
is told by whom. Any number of users may observe."""

_EPILOG: Final = """\
examples:
  com1 list
  com1 connect web01
  com1 demo
  com1 connect --help   each command has more to say

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
    parser.add_argument("--set", metavar="SET", help="only the consoles of this scale set")
    parser.set_defaults(run=one_shot.list_consoles)


def _add_status(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.set_defaults(run=one_shot.status)


def _add_name(parser: ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="a console, as `com1 list` shows it")
    _add_instance(parser)


def _add_instance(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--instance", type=_instance, metavar="N", help="NAME is a scale set; this one of it"
    )


def _instance(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of an instance")
    return int(text)


def _add_connect(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.add_argument("--observe", action="store_true", help="watch only; disturbs nobody")
    manners = parser.add_mutually_exclusive_group()
    manners.add_argument(
        "--no-preempt", action="store_true",
        help="give up, with exit code 75, when somebody holds the session",
    )  # fmt: skip
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
    parser.set_defaults(run=one_shot.connect)


def _replay(text: str) -> str:
    if text not in ("boot", "screen", "none") and not re.fullmatch(r"[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of bytes, boot, screen or none")
    return text


def _add_log(parser: ArgumentParser) -> None:
    _add_name(parser)
    part = parser.add_argument_group("which part of it (all of this boot)")
    part.add_argument("--boot", type=_boot, metavar="N", help="0 is this boot, -1 the one before")
    part.add_argument(
        "--since", metavar="T", help='from this time on: "10 min ago", "2026-01-31 12:00", RFC 3339'
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
    parser.add_argument("--follow", action="store_true", help="go on with what comes, till Ctrl-C")
    parser.add_argument("--raw", action="store_true", help="the bytes as the guest sent them")
    parser.set_defaults(run=log.log)


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


def _add_boots(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.set_defaults(run=log.boots)


def _add_send(parser: ArgumentParser) -> None:
    _add_commands(parser, _SEND)


def _add_action(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.set_defaults(run=one_shot.act, action=parser.prog.split()[-1])


def _add_sysrq(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.add_argument(
        "keys", metavar="KEYS",
        help="letters and digits, one SysRq each: h prints what they do, REISUB reboots a guest "
        "that hangs",
    )  # fmt: skip
    parser.set_defaults(run=one_shot.send_sysrq)


def _add_keys(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.add_argument(
        "keys", metavar="KEY", nargs="+",
        help="F1 to F12, Up, Down, Left, Right, Home, End, Insert, Delete, PageUp, PageDown, "
        "Enter, Escape, Tab or Backspace, with Shift-, Ctrl- or Alt- before it, and Ctrl-A to "
        "Ctrl-Z",
    )  # fmt: skip
    manners = parser.add_mutually_exclusive_group()
    manners.add_argument(
        "--hold", dest="run", action="store_const", const=hold.hold,
        help="press again and again until the guest's state changes, for a minute at most",
    )  # fmt: skip
    manners.add_argument(
        "--keyboard", action="store_true",
        help="press them on the VM's emulated keyboard, not on the serial line; needs no session",
    )  # fmt: skip
    parser.set_defaults(run=one_shot.send_keys)


def _add_sac(parser: ArgumentParser) -> None:
    _add_commands(parser, _SAC)


def _add_sac_action(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.set_defaults(run=sac.sac, do=parser.prog.split()[-1], channel=None)


def _add_sac_channel(parser: ArgumentParser) -> None:
    _add_sac_action(parser)
    parser.add_argument("channel", metavar="CHANNEL", help="its name, as `channels` shows it")


def _add_paste(parser: ArgumentParser) -> None:
    _add_name(parser)
    parser.add_argument(
        "file", metavar="FILE", nargs="?", default="-", help="UTF-8 text (standard input)"
    )
    parser.add_argument(
        "--verify", action="store_true", help="wait for the guest's echo of each character"
    )
    parser.add_argument(
        "--slow", action="store_true", help="send a longer text in parts, one after the other"
    )
    parser.set_defaults(run=paste.paste)


def _add_switch(parser: ArgumentParser) -> None:
    parser.add_argument(
        "name", metavar="NAME", nargs="?", help="a console (default: the whole host)"
    )
    _add_instance(parser)
    parser.set_defaults(run=one_shot.switch, action=parser.prog.split()[-1])


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
    parser.set_defaults(run=one_shot.demo)


_CONNECT: Final = """\
In a terminal, Ctrl-] opens a menu: n NMI, r reset, s SysRq, o observe, a take over again, h hint,
i info, c channels of Windows's SAC, t tell a Linux shell your terminal's size with stty, q quit,
and Ctrl-] again sends it to the guest. What you paste goes as one paste. Enter on what harms the
machine at SAC> has to be pressed twice.

Without a terminal, standard input goes to the console and the console to standard output. After
the end of the input it leaves when the guest has been silent for a second."""

_KEYS: Final = """\
With --hold the keys are pressed three times a second, for a boot menu that looks for its key only
for a moment: reset the VM, then hold. It ends when the guest has got past its firmware, to the
menu or beyond; when somebody takes the console over; and with Ctrl-C, also in `com1 connect`."""

_LOG: Final = """\
It is kept on the disk while nobody is connected, and over restarts of com1d. Escape sequences are
taken out and control characters shown, unless --raw is given; what is missing is said where it is
missing. With --grep the exit code is 1 where nothing matches."""

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
            ("send keys web01 F8", "send keys web01 Down Enter",
             "send keys web01 F8 --hold",
             "send keys web01 Ctrl-Alt-Delete --keyboard"), _add_keys, _KEYS),
)  # fmt: skip

_SAC_MORE: Final = """\
It types for you, beginning wherever the guest is: at SAC>, at a preview or in a Command Prompt. No
user and no password is ever typed: `cmd` ends at the question for them. A line that is half typed
at SAC> is taken back. While somebody else holds the active session, the answer is 75."""

_SAC: Final = (
    Command("channels", "list the channels",
            ("sac channels web01", "sac channels web01 --json"), _add_sac_action),
    Command("cmd", "open a Command Prompt, up to the question for a user",
            ("sac cmd web01",), _add_sac_action),
    Command("next", "go to the preview of the next channel, as ESC TAB does",
            ("sac next web01",), _add_sac_action),
    Command("switch", "show a channel",
            ("sac switch web01 Cmd0001", "sac switch web01 SAC"), _add_sac_channel),
    Command("close", "close a channel, and what runs in it",
            ("sac close web01 Cmd0001",), _add_sac_channel),
)  # fmt: skip

COMMANDS: Final = (
    Command("list", "list the consoles that you may see",
            ("list", "list --set web", "list --json | jq -r '.consoles[].name'"), _add_list),
    Command("status", "show what is known about a console",
            ("status web01", "status web01 --json"), _add_status),
    Command("connect", "connect to a console",
            ("connect web01", "connect web --instance 3", "connect web01 --observe",
             "connect web01 --replay boot",
             "printf 'uname -a\\r' | com1 connect web01"), _add_connect, _CONNECT),
    Command("log", "print a console's boot diagnostics log",
            ("log web01", "log web01 --boot -1 --tail 200", 'log web01 --since "10 min ago"',
             "log web01 --from 0 --grep 'panic|BUG:' --timestamps", "log web01 --follow",
             "log web01 --raw > web01.bytes"), _add_log, _LOG),
    Command("boots", "list the boots that a console's log knows",
            ("boots web01", "boots web01 --json"), _add_boots),
    Command("send", "send what no keyboard has: NMI, reset, restart, break, SysRq, keys",
            ("send nmi web01", "send sysrq web01 REISUB", "send keys web01 F8"), _add_send),
    Command("sac", "list, open, show and close channels of Windows's SAC",
            ("sac channels web01", "sac cmd web01", "sac close web01 Cmd0001"), _add_sac,
            _SAC_MORE),
    Command("paste", "paste a text, refused as a whole above paste_limit (2048 characters)",
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

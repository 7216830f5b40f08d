"""The arguments of `com1`, and what its help says. The table `COMMANDS` is the command line."""

import argparse
import sys
from argparse import ArgumentParser
from collections.abc import Callable
from importlib.metadata import version
from typing import Any, Final, NamedTuple, NoReturn

from com1d.errors import EX_USAGE
from com1d.frontends import options
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
    add: Callable[[ArgumentParser], None] | None = None
    run: str = ""
    """Module and function that do it, as text: only what is chosen is imported."""
    more: str = ""
    """What the help says beyond its first line."""
    commands: tuple["Command", ...] = ()
    """The commands of a group; a group has no `add` and no `run`."""


class _Parser(ArgumentParser):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, **keywords)

    def error(self, message: str) -> NoReturn:
        """Exit as the interface has it for wrong usage."""
        self.print_usage(sys.stderr)
        self.exit(EX_USAGE, f"com1: usage: {visible(message)}\n")


def parser() -> ArgumentParser:
    """Build the parser. What it parses has `run`, as in `Command`, and `verb`, the last word."""
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
        if command.add is None:
            _add_commands(one, command.commands)
        else:
            command.add(one)
            one.set_defaults(run=command.run, verb=command.name)


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
            ("send nmi web01",), options.add_name,
            "com1d.frontends.commands.act:run"),
    Command("reset", "reset the VM at once; unsaved data is lost",
            ("send reset web01",), options.add_name,
            "com1d.frontends.commands.act:run"),
    Command("restart", "ask the VM to restart in good order",
            ("send restart web01",), options.add_name,
            "com1d.frontends.commands.act:run"),
    Command("break", "send a serial break",
            ("send break web01",), options.add_name,
            "com1d.frontends.commands.act:run"),
    Command("sysrq", "send SysRq keys to a Linux guest",
            ("send sysrq web01 h", "send sysrq web01 REISUB"), options.add_sysrq,
            "com1d.frontends.commands.sysrq:run"),
    Command("keys", "send function and editing keys, encoded as the guest understands them",
            ("send keys web01 F8", "send keys web01 Down Enter",
             "send keys web01 F8 --hold",
             "send keys web01 Ctrl-Alt-Delete --keyboard"), options.add_keys,
            "com1d.frontends.commands.keys:run", _KEYS),
)  # fmt: skip

_SAC_MORE: Final = """\
It types for you, beginning wherever the guest is: at SAC>, at a preview or in a Command Prompt. No
user and no password is ever typed: `cmd` ends at the question for them. A line that is half typed
at SAC> is taken back. While somebody else holds the active session, the answer is 75."""

_SAC: Final = (
    Command("channels", "list the channels",
            ("sac channels web01", "sac channels web01 --json"), options.add_name,
            "com1d.frontends.commands.sac:run"),
    Command("cmd", "open a Command Prompt, up to the question for a user",
            ("sac cmd web01",), options.add_name,
            "com1d.frontends.commands.sac:run"),
    Command("next", "go to the preview of the next channel, as ESC TAB does",
            ("sac next web01",), options.add_name,
            "com1d.frontends.commands.sac:run"),
    Command("switch", "show a channel",
            ("sac switch web01 Cmd0001", "sac switch web01 SAC"), options.add_channel,
            "com1d.frontends.commands.sac:run"),
    Command("close", "close a channel, and what runs in it",
            ("sac close web01 Cmd0001",), options.add_channel,
            "com1d.frontends.commands.sac:run"),
)  # fmt: skip

COMMANDS: Final = (
    Command("list", "list the consoles that you may see",
            ("list", "list --set web", "list --json | jq -r '.consoles[].name'"), options.add_list,
            "com1d.frontends.commands.list:run"),
    Command("status", "show what is known about a console",
            ("status web01", "status web01 --json"), options.add_name,
            "com1d.frontends.commands.status:run"),
    Command("connect", "connect to a console",
            ("connect web01", "connect web --instance 3", "connect web01 --observe",
             "connect web01 --replay boot",
             "printf 'uname -a\\r' | com1 connect web01"), options.add_connect,
            "com1d.frontends.commands.connect:run", _CONNECT),
    Command("open", "print a link to a console in the browser, which signs you in, once",
            ("open web01", "open web01 --json"), options.add_open,
            "com1d.frontends.commands.open:run"),
    Command("log", "print a console's boot diagnostics log",
            ("log web01", "log web01 --boot -1 --tail 200", 'log web01 --since "10 min ago"',
             "log web01 --from 0 --grep 'panic|BUG:' --timestamps", "log web01 --follow",
             "log web01 --raw > web01.bytes"), options.add_log,
            "com1d.frontends.commands.log:run", _LOG),
    Command("boots", "list the boots that a console's log knows",
            ("boots web01", "boots web01 --json"), options.add_name,
            "com1d.frontends.commands.boots:run"),
    Command("send", "send what no keyboard has: NMI, reset, restart, break, SysRq, keys",
            ("send nmi web01", "send sysrq web01 REISUB", "send keys web01 F8"), commands=_SEND),
    Command("sac", "list, open, show and close channels of Windows's SAC",
            ("sac channels web01", "sac cmd web01", "sac close web01 Cmd0001"), commands=_SAC,
            more=_SAC_MORE),
    Command("paste", "paste a text, refused as a whole above paste_limit (2048 characters)",
            ("paste web01 setup.ps1 --verify", "paste web01 long.ps1 --slow",
             "echo hostname | com1 paste web01"), options.add_paste,
            "com1d.frontends.commands.paste:run"),
    Command("enable", "enable a console, or all of this host",
            ("enable web01", "enable --all"), options.add_enable,
            "com1d.frontends.commands.switch:run"),
    Command("disable", "disable a console, or all of this host",
            ("disable web01", "disable --all"), options.add_disable,
            "com1d.frontends.commands.switch:run"),
    Command("disconnect", "send everybody away from a console",
            ("disconnect web01",), options.add_name,
            "com1d.frontends.commands.act:run"),
    Command("reload", "have com1d read its configuration again, and see what changed",
            ("reload", "reload --json"), options.add_nothing,
            "com1d.frontends.commands.reload:run"),
    Command("demo", "try com1d without a VM: a private daemon with a guest, removed at the end",
            ("demo", "demo --guest linux", "demo --check"), options.add_demo,
            "com1d.frontends.commands.demo:run"),
)  # fmt: skip

"""The arguments of `com1`, and what its help says. `catalogue` has the commands."""

import argparse
import json
import sys
import textwrap
from argparse import ArgumentParser
from difflib import get_close_matches
from itertools import zip_longest
from typing import Any, Final, NoReturn

from com1d import VERSION
from com1d.errors import EX_USAGE
from com1d.frontends.catalogue import COMMANDS, Command
from com1d.frontends.session.link import DEFAULT_SOCKET, default_socket
from com1d.frontends.words.output import complain
from com1d.frontends.words.visible import visible


_DESCRIPTION: Final = """\
The serial consoles of this host's VMs.
  com1 list             which there are, and who is on
  com1 connect web01    take part; Ctrl-] ? is help, Ctrl-] q leaves
  com1 demo             try it without a VM
  com1 connect --help   each command has more to say"""

_EPILOG: Final = """\
exit codes: 0 ok, 1 something else, 64 usage, 69 com1d or the VM is unreachable,
  75 preempted or busy, 77 forbidden, 78 configuration, 130 Ctrl-C
environment: COM1_SOCKET (instead of --socket), NO_COLOR"""

_OVERVIEW: Final = """\
usage: com1 COMMAND ...

{description}

{commands}

options, anywhere: --json (also for errors), --socket PATH, --version, --help
{epilog}
"""
"""What one needs at first, on a terminal of 80 columns and 24 rows with the prompt in the last."""

MISSING: Final = "the following arguments are required: COMMAND"
"""What argparse says of a command line without a command, which wants to know which there are."""


class _Folded(argparse.RawDescriptionHelpFormatter):
    def _fill_text(self, text: str, width: int, indent: str) -> str:
        """Fold paragraphs to the terminal; one with indented lines, as examples are, stays."""
        return "\n\n".join(
            part if "\n " in part else textwrap.fill(part, width, initial_indent=indent)
            for part in text.split("\n\n")
        )


class _Parser(ArgumentParser):
    def __init__(self, **keywords: Any) -> None:
        super().__init__(formatter_class=_Folded, **keywords)

    _mixing = False

    def error(self, message: str) -> NoReturn:
        """Exit as the interface has it for wrong usage."""
        if "--json" in sys.argv:
            problem = {"code": "usage", "title": "The command is not understood", "detail": message}
            self.exit(EX_USAGE, json.dumps(problem) + "\n")
        (self.print_help if message == MISSING else self.print_usage)(sys.stderr)
        complain(f"com1: usage: {visible(message)}; `{self.prog} --help` says more")
        self.exit(EX_USAGE)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse what is none of the choices, and propose the nearest."""
        choices = [str(choice) for choice in action.choices or ()]
        if action.choices is not None and value not in action.choices:
            near = get_close_matches(str(value), choices, n=1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(choices)}"
            raise argparse.ArgumentError(action, f"there is no {str(value)!r}; {hint}")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Let options stand anywhere, also between a command's arguments."""
        if self._mixing or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False


class _Whole(_Parser):
    def format_help(self) -> str:
        """Give the overview, which fits on a screen."""
        return _OVERVIEW.format(
            description=self.description, commands="\n".join(_in_two(COMMANDS)), epilog=self.epilog
        )


def _in_two(table: tuple[Command, ...]) -> list[str]:
    """Describe the commands in two columns, the first half on the left."""
    lines = [f"  {command.name:<11} {command.brief:<26}" for command in table]
    half = (len(lines) + 1) // 2
    return [
        (left + right).rstrip()
        for left, right in zip_longest(lines[:half], lines[half:], fillvalue="")
    ]


def parser() -> ArgumentParser:
    """Build the parser. What it parses has `run`, as in `Command`, and `verb`, the last word."""
    whole = _Whole(prog="com1", description=_DESCRIPTION, epilog=_EPILOG)
    whole.add_argument("--version", action="version", version=f"com1 {VERSION}")
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
    kinds = parser.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)
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
            one.set_defaults(run=command.run, verb=command.name, speaks_json=command.speaks_json)

"""The daemon's command line: `com1d [--config FILE] [COMMAND]`."""

import argparse
import os
import sys
from pathlib import Path
from typing import Final, NoReturn

from com1d import VERSION
from com1d.errors import EX_FAILURE, EX_OK
from com1d.loop.collector import resting
from com1d.tools.importing import KINDS
from com1d.tools.window import HOUR, window


DEFAULT_CONFIG: Final = Path("/etc/com1d/com1d.toml")
MANUAL: Final = Path("/usr/local/share/man")

_EXAMPLES: Final = """\
examples:
  com1d                                  serve /etc/com1d/com1d.toml, in the foreground
  com1d --config ./com1d.toml            serve another configuration
  com1d check --config ./com1d.toml      is it right? every problem, one line each
  com1d check --json                     the same for a program
  qemu-system-x86_64 … $(com1d guest-args web01)
  com1d guest-args web01 --libvirt       the same as elements of libvirt's XML
  com1d doctor                           what of this host is not as it should be?
  com1d trace web01                      where does its output spend its time?
  com1d slo --window 6h                  what share of it came in time?
  com1d man                              write the manual pages of this version
  com1d import conserver.cf              translate it; what has no equal is on stderr
  com1d report                           one archive for a bug report
  com1d audit verify                     was the audit edited? where?
  com1d upgrade                          the installed version takes over; nobody is disconnected

SIGTERM and SIGINT stop it, SIGHUP reloads the configuration.
Exit codes: 0 stopped as asked, 1 could not start, 64 usage, 78 configuration.
"""


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line; give the exit code."""
    options = _parser().parse_args(arguments)
    if options.command is None:
        _serve(options.config)
    if options.command == "man":
        return _write_manual(options.folder)
    from com1d.tools.commands import COMMANDS  # noqa: PLC0415 -- the daemon needs none of them

    return COMMANDS[options.command](options)


def _serve(path: Path) -> NoReturn:
    """Serve, and end at once.

    To take modules and consoles apart takes the interpreter 80 ms. The service manager starts the
    next process when this one has ended, and users wait for that.
    """
    with resting():  # what modules are made of stays
        from com1d.daemon.serving import serve  # noqa: PLC0415 -- no command needs it

    code = serve(path)
    sys.stderr.flush()
    os._exit(code)


def _write_manual(folder: Path) -> int:
    """Write the manual pages, and say where."""
    from com1d.manual.pages import write  # noqa: PLC0415 -- the daemon needs no manual

    try:
        written = write(folder, _parser())
    except OSError as error:
        print(f"com1d: {error.filename}: {error.strerror}", file=sys.stderr)
        return EX_FAILURE
    print("\n".join(map(str, written)))
    return EX_OK


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        """Exit with 64, EX_USAGE, as the interface has it."""
        self.print_usage(sys.stderr)
        self.exit(64, f"com1d: {message}\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="com1d",
        description="Serve the COM1 ports of this host's VMs.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"com1d {VERSION}")
    _add_config(parser, DEFAULT_CONFIG)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    checking = commands.add_parser("check", help="validate the configuration and exit")
    _add_config(checking, argparse.SUPPRESS)
    checking.add_argument("--json", action="store_true", help="print a JSON object")
    arguments = commands.add_parser(
        "guest-args", help="print what to start a console's VM with: QEMU's arguments, or XML"
    )
    arguments.add_argument("name", metavar="NAME", help="a console of the configuration")
    arguments.add_argument("--libvirt", action="store_true", help="elements of libvirt's XML")
    arguments.add_argument("--json", action="store_true", help="print a JSON object")
    _add_config(arguments, argparse.SUPPRESS)
    examining = commands.add_parser("doctor", help="look at the host; what to put right, and how")
    _add_config(examining, argparse.SUPPRESS)
    examining.add_argument("--json", action="store_true", help="print a JSON object")
    upgrading = commands.add_parser(
        "upgrade", help="have the installed version take over from the running daemon"
    )
    _add_config(upgrading, argparse.SUPPRESS)
    upgrading.add_argument("--json", action="store_true", help="print a JSON object")
    _add_insight(commands)
    manual = commands.add_parser("man", help="write the manual pages of this version")
    manual.add_argument(
        "folder", type=Path, nargs="?", default=MANUAL, metavar="DIR", help=f"where ({MANUAL})"
    )
    importing = commands.add_parser(
        "import", help="translate a configuration of conserver, ser2net or conman"
    )
    importing.add_argument("file", type=Path, metavar="FILE", help="conserver.cf, for example")
    importing.add_argument(
        "--from", dest="kind", choices=KINDS, help="whose it is, where its name does not say so"
    )
    audit = commands.add_parser("audit", help="what the audit says").add_subparsers(
        dest="audit_command", metavar="COMMAND", required=True
    )
    verifying = audit.add_parser("verify", help="find what was edited, removed or reordered in it")
    _add_config(verifying, argparse.SUPPRESS)
    verifying.add_argument("--json", action="store_true", help="print a JSON object")
    return parser


def _add_insight(commands: "argparse._SubParsersAction[_Parser]") -> None:
    """Add what looks into the running daemon."""
    tracing = commands.add_parser("trace", help="show where a console's bytes spend their time")
    tracing.add_argument("name", metavar="NAME", help="a console of the configuration")
    tracing.add_argument(
        "--seconds", type=int, choices=range(1, 601), default=10, metavar="N",
        help="how long; 1 to 600 (10)",
    )  # fmt: skip
    levels = commands.add_parser("slo", help="print the service level that was kept lately")
    levels.add_argument(
        "--window", type=window, default=HOUR, metavar="TIME",
        help="such as 90min or 6h; a day at most (1h)",
    )  # fmt: skip
    for parser in (tracing, levels):
        parser.add_argument("--json", action="store_true", help="print JSON")
        _add_config(parser, argparse.SUPPRESS)
    reporting = commands.add_parser(
        "report", help="write one archive for a bug report: no byte of a guest, no secret"
    )
    reporting.add_argument("file", type=Path, nargs="?", metavar="FILE", help="a new .tar.gz")
    _add_config(reporting, argparse.SUPPRESS)


def _add_config(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument(
        "--config", type=Path, default=default, metavar="FILE",
        help=f"the configuration (default {DEFAULT_CONFIG}); conf.d/*.toml beside it is read too",
    )  # fmt: skip


if __name__ == "__main__":
    main()

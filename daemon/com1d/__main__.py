"""The daemon's command line: `com1d [--config FILE] [check | guest-args | audit | upgrade]`."""

import argparse
import asyncio
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

import uvloop

from com1d import config
from com1d.daemon.dispositions import ignore_here_only
from com1d.daemon.handover.successor import Successor
from com1d.daemon.init import reap_if_first
from com1d.daemon.service import Service
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_OK, Com1Error, ConfigError
from com1d.loop.stalls import HoldTimes
from com1d.telemetry import log
from com1d.tools.audit_check import verify
from com1d.tools.check import check
from com1d.tools.guest_args import guest_args
from com1d.tools.upgrade import upgrade


DEFAULT_CONFIG: Final = Path("/etc/com1d/com1d.toml")

_EXAMPLES: Final = """\
examples:
  com1d                                  serve /etc/com1d/com1d.toml, in the foreground
  com1d --config ./com1d.toml            serve another configuration
  com1d check --config ./com1d.toml      is it right? every problem, one line each
  com1d check --json                     the same for a program
  qemu-system-x86_64 … $(com1d guest-args web01)
  com1d guest-args web01 --libvirt       the same as elements of libvirt's XML
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
    if options.command == "check":
        return check(options.config, as_json=options.json)
    if options.command == "guest-args":
        return guest_args(
            options.config, options.name, libvirt=options.libvirt, as_json=options.json
        )
    if options.command == "audit":
        return verify(options.config, as_json=options.json)
    if options.command == "upgrade":
        return upgrade(options.config, as_json=options.json)
    return serve(options.config)


def serve(path: Path) -> int:
    """Serve the configuration at `path` until told to stop."""
    reap_if_first()
    ignore_here_only()
    log.configure()
    successor = Successor.invited()
    try:
        loaded = config.load(path)
    except ConfigError as error:
        if successor is not None:
            successor.refuse(f"{path}: {error}")
        print(f"{error}\ncom1d: not started; see `com1d check --config {path}`", file=sys.stderr)
        return EX_CONFIG

    async def live() -> None:
        await Service(loaded, path, HoldTimes(), successor).run()

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(live())
    except ConfigError as error:
        print(f"{error}\ncom1d: not started; see `com1d check --config {path}`", file=sys.stderr)
        return EX_CONFIG
    except (Com1Error, OSError, KeyError) as error:
        print(f"com1d: not started: {error}", file=sys.stderr)
        return EX_FAILURE
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
    parser.add_argument("--version", action="version", version=f"com1d {version('com1d')}")
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
    upgrading = commands.add_parser(
        "upgrade", help="have the installed version take over from the running daemon"
    )
    _add_config(upgrading, argparse.SUPPRESS)
    upgrading.add_argument("--json", action="store_true", help="print a JSON object")
    audit = commands.add_parser("audit", help="what the audit says").add_subparsers(
        dest="audit_command", metavar="COMMAND", required=True
    )
    verifying = audit.add_parser("verify", help="find what was edited, removed or reordered in it")
    _add_config(verifying, argparse.SUPPRESS)
    verifying.add_argument("--json", action="store_true", help="print a JSON object")
    return parser


def _add_config(parser: argparse.ArgumentParser, default: object) -> None:
    parser.add_argument(
        "--config", type=Path, default=default, metavar="FILE",
        help=f"the configuration (default {DEFAULT_CONFIG}); conf.d/*.toml beside it is read too",
    )  # fmt: skip


if __name__ == "__main__":
    main()

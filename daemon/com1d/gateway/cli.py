"""`com1-web`: the command line of the gateway."""

import argparse
import sys
from pathlib import Path
from typing import Final

from com1d import VERSION
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_OK, EX_UNAVAILABLE, Com1Error, ConfigError
from com1d.gateway.settings.config import DEFAULT_CONFIG, Config, load


_EXAMPLES: Final = """\
examples:
  com1-web                         serve /etc/com1d/web.toml, in the foreground
  com1-web check                   is it right? every problem, one line each
  com1-web link                    a link that signs you in at your browser, once
  com1-web link --qr               the same for a telephone
  com1-web link --for anna         one for somebody else (root)

SIGTERM and SIGINT stop it. A changed certificate is taken over by itself.
Exit codes: 0 ok, 1 could not start, 64 usage, 69 not reachable, 77 refused, 78 configuration.
"""


def main() -> None:
    """Run the command line and exit."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run the command line; give the exit code."""
    options = parser().parse_args(arguments)
    try:
        config = load(options.config, must_exist=options.command is None)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return EX_CONFIG
    if options.command == "check":
        return check(options.config, config)
    try:
        if options.command == "link":
            return make_link(config, options.user, qr=options.qr)
        return serve(config)
    except ModuleNotFoundError as error:
        print(f"com1-web: {error.name} is missing: pip install 'com1d[web]'", file=sys.stderr)
        return EX_UNAVAILABLE


def serve(config: Config) -> int:
    """Serve until told to stop. Raises `ModuleNotFoundError` without the extra."""
    from com1d.gateway.server import serve_until_stopped  # noqa: PLC0415 - needs the extra

    try:
        serve_until_stopped(config)
    except (Com1Error, OSError) as error:
        print(f"com1-web: not started: {error}", file=sys.stderr)
        return EX_FAILURE
    return EX_OK


def check(path: Path, config: Config) -> int:
    """Print what a configuration comes to."""
    for label, value in config.summary():
        print(f"{label:<9} {value}")
    print(f"{path}: ok")
    return EX_OK


def make_link(config: Config, user: str | None, *, qr: bool) -> int:
    """Print a one-time link. Raises `ModuleNotFoundError` without the extra."""
    from com1d.gateway.linking import LinkRefusedError, link, qr_code  # noqa: PLC0415 - the same

    try:
        made = link(config.web.link_socket, user)
    except LinkRefusedError as error:
        print(f"com1-web: {error}", file=sys.stderr)
        return error.exit_code
    if qr:
        print(qr_code(made.url))
    print(made.url)
    print(f"Signs {made.user} in, once, within {made.minutes:g} minutes.", file=sys.stderr)
    if made.obstacle:
        print(made.obstacle, file=sys.stderr)
    return EX_OK


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> None:  # type: ignore[override]
        """Exit with 64, EX_USAGE, as the interface has it."""
        self.print_usage(sys.stderr)
        self.exit(64, f"com1-web: {message}\n")


def parser() -> argparse.ArgumentParser:
    """Give the command line's parser; the manual is made of it, too."""
    parser = _Parser(
        prog="com1-web",
        description="Serve the browser console.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"com1-web {VERSION}")
    _add_config(parser, DEFAULT_CONFIG)
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    _add_config(commands.add_parser("check", help="validate the configuration and exit"))
    linking = commands.add_parser("link", help="print a link that signs you in, once")
    linking.add_argument("--for", dest="user", metavar="USER", help="whom it signs in (root)")
    linking.add_argument("--qr", action="store_true", help="as a QR code, too")
    _add_config(linking)
    return parser


def _add_config(parser: argparse.ArgumentParser, default: object = argparse.SUPPRESS) -> None:
    parser.add_argument(
        "--config", type=Path, default=default, metavar="FILE",
        help=f"the configuration (default {DEFAULT_CONFIG})",
    )  # fmt: skip

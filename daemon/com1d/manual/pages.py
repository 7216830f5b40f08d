"""The pages com1(1), com1d(8), com1-web(8), com1d.toml(5) and com1.v1(7)."""

import argparse
from argparse import ArgumentParser
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from com1d.config import keys
from com1d.config.model import (
    ConsoleConfig,
    DaemonConfig,
    DiscoverConfig,
    GatewayConfig,
    HookConfig,
    RoleConfig,
)
from com1d.config.settings.setting import default_of, settings
from com1d.frontends import arguments
from com1d.gateway import cli
from com1d.manual.roff import entry, from_markdown, paragraph, section, title, verbatim


_PACKAGE: Final = Path(__file__).parents[1]
PROTOCOL: Final = (_PACKAGE / "PROTOCOL.md", _PACKAGE.parent / "PROTOCOL.md")
"""Where the protocol's document is: in an installed package, and in a checkout."""

TABLES: Final = (
    ("[daemon]", DaemonConfig),
    ("[consoles.NAME], [defaults], [templates.NAME]", ConsoleConfig),
    ("[discover.NAME]", DiscoverConfig),
    ("[[roles]]", RoleConfig),
    ("[[hooks]]", HookConfig),
    ("[[gateways]]", GatewayConfig),
)

_SEE: Final = "com1(1), com1d(8), com1-web(8), com1d.toml(5), com1.v1(7)"


def write(folder: Path, daemon: ArgumentParser) -> list[Path]:
    """Write all pages below `folder`, as man looks for them there; give the files."""
    written = []
    for name, number, text in pages(daemon):
        place = folder / f"man{number}" / f"{name}.{number}"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
        written.append(place)
    return written


def pages(daemon: ArgumentParser) -> Iterator[tuple[str, int, str]]:
    """Give name, section and text of each page; `daemon` is the parser of com1d."""
    one = "use the serial consoles of this host's VMs"
    yield "com1", 1, _program("com1", 1, one, arguments.parser())
    yield "com1d", 8, _program("com1d", 8, "serve the serial consoles of a host's VMs", daemon)
    web = "show the serial consoles of this host's VMs in browsers"
    yield "com1-web", 8, _program("com1-web", 8, web, cli.parser())
    yield "com1d.toml", 5, _settings()
    yield "com1.v1", 7, _protocol()


def _program(name: str, number: int, says: str, parser: ArgumentParser) -> str:
    usage = parser.format_usage().removeprefix("usage: ")
    return "".join(
        (
            title(name, number, says, version("com1d")),
            section("Synopsis", verbatim(usage)),
            section("Description", verbatim(parser.description or "")),
            section("Options", "".join(_options(parser))),
            section("Commands", "".join(_commands(parser, ""))),
            section("Further", verbatim(parser.epilog or "")),
            section("See also", paragraph(_SEE)),
        )
    )


def _options(parser: ArgumentParser) -> Iterator[str]:
    for action in parser._actions:  # noqa: SLF001  # argparse shows them to nobody
        if isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # the same
            continue
        if action.help == argparse.SUPPRESS:
            continue
        words = action.option_strings or [str(action.metavar or action.dest)]
        value = f" {action.metavar}" if action.option_strings and action.metavar else ""
        yield entry(f"{', '.join(words)}{value}", (action.help or "") % {"prog": parser.prog})


def _commands(parser: ArgumentParser, before: str) -> Iterator[str]:
    """Describe each command, those of a group after it."""
    for action in parser._actions:  # noqa: SLF001  # as above
        if not isinstance(action, argparse._SubParsersAction):  # noqa: SLF001  # as above
            continue
        for name, command in action.choices.items():
            words = f"{before}{name}"
            yield f".SS {words}\n"
            yield verbatim(command.format_usage().removeprefix("usage: "))
            yield paragraph(command.description or "")
            yield "".join(_options(command))
            yield verbatim(command.epilog or "")
            yield from _commands(command, f"{words} ")


def _settings() -> str:
    says = "configuration of com1d"
    body = [title("com1d.toml", 5, says, version("com1d"))]
    intro = (
        "TOML, in /etc/com1d/com1d.toml and conf.d/*.toml beside it. `com1d check` says what is "
        "wrong, all of it at once; `com1 reload` takes a change over."
    )
    body.append(section("Description", paragraph(intro)))
    for name, kind in TABLES:
        entries = []
        for key, setting in settings(kind).items():
            default = default_of(kind, key).strip('"')
            entries.append(entry(key, setting.says + (f". Default: {default}" if default else "")))
        if kind is ConsoleConfig:
            entries.append(entry(keys.LIKE, keys.LIKE_SETTING.says))
        body.append(section(name, "".join(entries)))
    body.append(section("See also", paragraph(_SEE)))
    return "".join(body)


def _protocol() -> str:
    place = next(path for path in PROTOCOL if path.exists())
    lines = place.read_text().splitlines()[1:]
    head = title("com1.v1", 7, "protocol of com1d's sockets", version("com1d"))
    return head + ".SH DESCRIPTION\n" + from_markdown(lines) + section("See also", paragraph(_SEE))

"""`com1d check`: read a configuration as the daemon would, and say what is in it or wrong."""

import grp
import json
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from com1d.config import Clash, Config, HookConfig, RoleConfig, load
from com1d.config.secret import KeySetting, is_elsewhere
from com1d.core.access.policy import covers
from com1d.errors import EX_CONFIG, EX_OK, ConfigError, ConfigProblem
from com1d.ports.places import guest_group
from com1d.tools.accounts import is_account
from com1d.tools.obstacles import obstacles
from com1d.tools.suspicions import can_run, suspicions
from com1d.tools.unit import Unit, bounds, serving


_INDENT: Final = "  "
"""Before the rows that continue a line, so that each finding is seen to begin."""


def check(path: Path, *, as_json: bool = False) -> int:
    """Print a summary, or every problem on a line of its own to stderr. Give the exit code.

    With `as_json` both go to stdout as one JSON object, whose `ok` tells which it is. What passes
    starts, and is of use: groups, directories, addresses, keys and libraries are looked at, nothing
    is changed. What is probably not meant is a warning. It is stricter than a start in one thing: a
    key that others can read, which a start takes from them, since they may have read it.
    """
    warnings: list[ConfigProblem] = []
    unit = serving(path)
    try:
        config = load(path, partial(_examine, unit=unit), warnings.append)
    except ConfigError as error:
        if as_json:
            _print_json(_refusal(path, error, warnings))
        else:
            _print_problems(error, warnings)
        return EX_CONFIG
    if as_json:
        _print_json(_facts(path, config, unit) | {"warnings": [asdict(one) for one in warnings]})
    else:
        _print_summary(path, config, unit)
        _print_warnings(warnings)
    return EX_OK


def _examine(config: Config, unit: Unit | None) -> Iterator[Clash]:
    wrong = set()
    for clash in obstacles(config, unit):
        wrong.add(clash.key)
        yield clash
    doubts = chain(suspicions(config), bounds(config, unit) if unit else ())
    yield from (clash for clash in doubts if clash.key not in wrong)


def _print_problems(error: ConfigError, warnings: list[ConfigProblem]) -> None:
    console = _terminal(stderr=True)
    for problem in error.problems:
        _print(console, _line(problem))
    _print_warnings(warnings)
    _print(console, Text(_counted(len(error.problems), "problem"), style="bold red"))


def _print_warnings(warnings: list[ConfigProblem]) -> None:
    console = _terminal(stderr=True)
    for warning in warnings:
        _print(console, Text.assemble(("warning: ", "bold yellow"), _line(warning)))


def _line(problem: ConfigProblem) -> Text:
    line = Text(_one_line(str(problem)))
    line.stylize("dim", 0, len(_one_line(problem.file)))
    return line


def _print_summary(path: Path, config: Config, unit: Unit | None) -> None:
    console = _terminal(stderr=False)
    _print(console, Text.assemble(_one_line(str(path)), ": ", ("ok", "bold green")))
    label = ""
    for head, text in _summary(config, unit):
        head_column = f"{head if head != label else '':<9} "
        _print(console, Text.assemble((head_column, "bold"), text), " " * len(head_column))
        label = head


def _summary(config: Config, unit: Unit | None) -> Iterator[tuple[str, str]]:
    daemon = config.daemon
    kinds = ", ".join(f"{kind} {count}" for kind, count in _kinds(config).items())
    yield "consoles", f"{len(config.consoles)}{f' ({kinds})' if kinds else ''}"
    yield from (("discover", f"{one.name}: {one.place[1]}") for one in config.discover)
    yield from (("roles", line) for line in _roles(config))
    yield from (("gateways", str(gateway.user)) for gateway in config.gateways)
    yield from (("hooks", _hook(hook)) for hook in config.hooks)
    yield "sockets", str(daemon.api_socket)
    yield "sockets", f"{daemon.consoles_dir}/"
    yield "guests", f"group {_guest_group(config, unit)}"
    yield "state", str(daemon.state_dir)
    yield "logs", str(daemon.log_dir)
    if daemon.log_key is not None:
        yield "logs", f"encrypted with {_key(config, 'log_key')}"
    if daemon.audit_key is not None:
        yield "audit", f"sealed with {_key(config, 'audit_key')}"
    yield "metrics", _metrics(config) or "off"


def _roles(config: Config) -> list[str]:
    if not config.roles:
        return ["none given: root and the daemon's own user are owners, nobody else gets in"]
    rows = [
        (role.who, role.role, role.scope, _counted(_reach(role, config), "console"))
        for role in config.roles
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _reach(role: RoleConfig, config: Config) -> int:
    return sum(covers(role.scope, name, one.set) for name, one in config.consoles.items())


def _kinds(config: Config) -> dict[str, int]:
    return dict(Counter(console.port.kind for console in config.consoles.values()).most_common())


def _key(config: Config, setting: KeySetting) -> str:
    unseen = ", which only systemd can give the daemon" if is_elsewhere(config, setting) else ""
    return f"{getattr(config.daemon, setting)}{unseen}"


def _guest_group(config: Config, unit: Unit | None) -> str:
    """Name the group that is given what ports make for VMs by the unit, or by who runs as we do."""
    gid = guest_group(config.daemon.guest_group, unit.account if unit else None)
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:  # our own, of a container without names
        return str(gid)


def _hook(hook: HookConfig) -> str:
    return f"{hook.state}  {hook.scope}  {_one_line(' '.join(hook.run))}"


def _metrics(config: Config) -> str | None:
    if config.daemon.metrics is None:
        return None
    host, port = config.daemon.metrics
    return f"http://{f'[{host}]' if ':' in host else host}:{port}/metrics"


def _facts(path: Path, config: Config, unit: Unit | None) -> dict[str, Any]:
    daemon = config.daemon
    return {
        "ok": True,
        "file": str(path),
        "consoles": len(config.consoles),
        "ports": _kinds(config),
        "roles": [
            {
                "principal": role.who,
                "role": role.role,
                "scope": role.scope,
                "consoles": _reach(role, config),
                "known": is_account(role),
            }
            for role in config.roles
        ],
        "discover": {one.name: one.place[1] for one in config.discover},
        "gateways": [gateway.user for gateway in config.gateways],
        "hooks": [asdict(hook) | {"executable": can_run(hook.run[0])} for hook in config.hooks],
        "socket": str(daemon.api_socket),
        "guest_group": _guest_group(config, unit),
        "runtime_dir": str(daemon.runtime_dir),
        "state_dir": str(daemon.state_dir),
        "log_dir": str(daemon.log_dir),
        "log_key": daemon.log_key,
        "audit_key": daemon.audit_key,
        "metrics": _metrics(config),
    }


def _refusal(path: Path, error: ConfigError, warnings: list[ConfigProblem]) -> dict[str, Any]:
    problems = [asdict(problem) for problem in error.problems]
    told = [asdict(warning) for warning in warnings]
    return {"ok": False, "file": str(path), "problems": problems, "warnings": told}


def _terminal(*, stderr: bool) -> Console:
    """Give a printer that colours on a terminal only, and takes no text for markup."""
    return Console(stderr=stderr, markup=False, highlight=False, emoji=False)


def _print(console: Console, line: Text, indent: str = _INDENT) -> None:
    """Print a line; at a terminal folded between words, and what follows the first row set in."""
    rows = _folded(line, console.width - len(indent)) if console.is_terminal else (line,)
    for number, row in enumerate(rows):
        console.print(Text(indent) + row if number else row, soft_wrap=True)


def _folded(line: Text, columns: int) -> Iterator[Text]:
    """Break a line between words. One that is longer, such as a path, stays whole to be copied."""
    row, *words = line.split(" ")
    for word in words:
        if row.cell_len + 1 + word.cell_len > columns:
            yield row
            row = word
        else:
            row = Text.assemble(row, " ", word)
    yield row


def _print_json(value: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def _one_line(text: str) -> str:
    """Escape what a terminal must not see: a path can hold anything but NUL."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)

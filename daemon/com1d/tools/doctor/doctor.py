"""The command: examines the host, and prints what was found."""

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import track
from rich.text import Text

from com1d.config import load
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_OK, ConfigError
from com1d.tools.doctor import guests, premises, resources, unit
from com1d.tools.doctor.domains import domains
from com1d.tools.doctor.finding import Examination, Finding, Host, NotLookedError
from com1d.tools.doctor.machines import machines
from com1d.tools.doctor.running import SilentDaemonError, ask
from com1d.values import dataclass


EXAMINATIONS: Final[dict[str, Examination]] = {
    "configuration": premises.configured,
    "sockets": premises.doors,
    "guest group": premises.guest_group,
    "service": unit.service,
    "hardening": unit.hardening,
    "what the unit allows": unit.allowed,
    "versions": unit.versions,
    "descriptors": resources.descriptors,
    "disk": resources.disk,
    "pipes": resources.pipes,
    "socket memory": resources.sockets,
    "clock": resources.clock,
    "unserved VMs": guests.unserved,
    "ports that are down": guests.unread,
    "other readers": guests.foreign_readers,
    "stall margin": guests.margins,
    "logs": guests.unlogged,
    "libvirt": domains,
}
"""By the name that a person and a script see."""


@dataclass(frozen=True, slots=True)
class Result:
    """What an examination found; `skipped` says why it could not look."""

    findings: tuple[Finding, ...] = ()
    skipped: str = ""


def doctor(path: Path, *, as_json: bool = False) -> int:
    """Examine the host that the configuration at `path` is for; give the exit code.

    0 where all is well, 1 where there is something to put right.
    """
    try:
        config = load(path)
    except ConfigError as error:
        sys.stderr.write(f"{error}\ncom1d: a host is looked at by its configuration\n")
        return EX_CONFIG
    silent: tuple[Finding, ...] = ()
    try:
        running = ask(config.daemon.api_socket)
    except SilentDaemonError as error:
        running = None
        silent = (Finding(str(config.daemon.api_socket), f"com1d does not answer: {error}",
                          "journalctl -u com1d -n 50"),)  # fmt: skip
    host = Host(config, path, running, machines())
    results = _examine(host, quiet=as_json or not sys.stderr.isatty())
    if silent:
        results["sockets"] = Result(silent)
    print_result = _print_json if as_json else _print
    print_result(results)
    return EX_FAILURE if any(result.findings for result in results.values()) else EX_OK


def _examine(host: Host, *, quiet: bool) -> dict[str, Result]:
    return {
        name: _look(EXAMINATIONS[name], host)
        for name in track(
            EXAMINATIONS, "looking at the host", console=Console(stderr=True), transient=True,
            disable=quiet,
        )
    }  # fmt: skip


def _look(examination: Examination, host: Host) -> Result:
    try:
        return Result(tuple(examination(host)))
    except (NotLookedError, OSError) as error:
        return Result(skipped=str(error))


def _print(results: dict[str, Result]) -> None:
    console = Console(markup=False, highlight=False, emoji=False)
    count = 0
    for name, result in results.items():
        for finding in result.findings:
            count += 1
            about = Text.assemble((name, "bold red"), "  ", (finding.about, "bold"))
            console.print(about, soft_wrap=True)
            console.print(Text(f"  {finding.what}"), soft_wrap=True)
            console.print(Text.assemble("  → ", (finding.remedy, "cyan")), soft_wrap=True)
        if result.skipped:
            console.print(
                Text(f"{name}: not looked at: {result.skipped}", "yellow"), soft_wrap=True
            )
    well = [name for name, result in results.items() if not (result.findings or result.skipped)]
    console.print(Text.assemble(("well: ", "green"), ", ".join(well) or "nothing"), soft_wrap=True)
    console.print(Text(f"{count or 'no'} finding{'' if count == 1 else 's'}", "bold"))


def _print_json(results: dict[str, Result]) -> None:
    answer = {
        "ok": not any(result.findings for result in results.values()),
        "findings": [
            {"check": name, **asdict(finding)}
            for name, result in results.items()
            for finding in result.findings
        ],
        "not_looked_at": {name: one.skipped for name, one in results.items() if one.skipped},
        "well": [name for name, one in results.items() if not (one.findings or one.skipped)],
    }
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")

"""The service: its unit, its hardening, and whether the daemon that runs is the one installed."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from com1d.tools.doctor.finding import Finding, Host, NotLookedError


UNIT: Final = "com1d.service"

EXPOSURE_MAX: Final = 2.5
"""What `systemd-analyze security` may say of the unit; as shipped it is less."""

PATIENCE: Final = 20.0
"""Seconds for a program of systemd's; they take tenths of one."""


def service(_host: Host) -> Iterator[Finding]:
    """Ask systemd about the unit."""
    said = dict(
        line.partition("=")[::2]
        for line in _systemd(
            "systemctl", "show", UNIT,
            "--property=LoadState,UnitFileState,NeedDaemonReload,NRestarts,OOMScoreAdjust",
        ).splitlines()
    )  # fmt: skip
    if said.get("LoadState") != "loaded":
        yield Finding(UNIT, f"it is {said.get('LoadState')}", "see README, Install")
        return
    if said.get("UnitFileState") != "enabled":
        yield Finding(UNIT, "it does not start with the host", f"systemctl enable --now {UNIT}")
    if said.get("NeedDaemonReload") == "yes":
        yield Finding(UNIT, "systemd runs an older version of its file", "systemctl daemon-reload")
    if (restarts := int(said.get("NRestarts") or 0)) > 0:
        yield Finding(
            UNIT, f"it failed, and was started again {restarts} times",
            f"journalctl -u {UNIT} -p warning; then systemctl reset-failed {UNIT}",
        )  # fmt: skip


def hardening(_host: Host) -> Iterator[Finding]:
    """Ask systemd how exposed the unit is."""
    said = _systemd("systemd-analyze", "security", "--no-pager", UNIT)
    found = re.search(r"exposure level for \S+: ([\d.]+)", said)
    if found is None:
        raise NotLookedError(said.strip().splitlines()[-1] if said.strip() else "no answer")
    if float(found[1]) > EXPOSURE_MAX:
        yield Finding(
            UNIT, f"its exposure is {found[1]}, as shipped it is at most {EXPOSURE_MAX}",
            f"systemctl cat {UNIT}: see which drop-in opens it; systemctl revert {UNIT}",
        )  # fmt: skip


def versions(host: Host) -> Iterator[Finding]:
    """Compare the daemon that runs with what is installed."""
    if host.running is None:
        raise NotLookedError("com1d does not run")
    installed = version("com1d")
    if host.running.version not in ("", installed):
        yield Finding(
            "com1d", f"version {host.running.version} runs, and {installed} is installed",
            "com1d upgrade",
        )  # fmt: skip
    program = host.proc / str(host.running.pid) / "exe"
    if str(program.readlink()).endswith(" (deleted)"):
        yield Finding("com1d", "it runs on a Python that was replaced since", "com1d upgrade")


def _systemd(*command: str) -> str:
    if not Path("/run/systemd/system").is_dir():
        raise NotLookedError("systemd does not run here")
    program = shutil.which(command[0])
    if program is None:
        raise NotLookedError(f"there is no {command[0]}")
    try:
        done = subprocess.run(  # noqa: S603 - systemd's own, found in PATH
            [program, *command[1:]], capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotLookedError(str(error)) from None
    return done.stdout + done.stderr

"""The service: its unit, its hardening, and whether the daemon that runs is the one installed."""

import re
from collections.abc import Iterator
from importlib.metadata import version
from typing import Final

from com1d.tools.doctor.finding import Finding, Host, NotLookedError
from com1d.tools.unit import UNIT, SilentManagerError, ask, bounds, properties, serving


EXPOSURE_MAX: Final = 2.5
"""What `systemd-analyze security` may say of the unit: 1.5 as shipped, more with the drop-ins that
come with it."""


def service(_host: Host) -> Iterator[Finding]:
    """Ask systemd about the unit."""
    try:
        said = properties("LoadState", "UnitFileState", "NeedDaemonReload", "NRestarts")
    except SilentManagerError as error:
        raise NotLookedError(str(error)) from None
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
    try:
        said = ask("systemd-analyze", "security", "--no-pager", UNIT)
    except SilentManagerError as error:
        raise NotLookedError(str(error)) from None
    found = re.search(r"exposure level for \S+: ([\d.]+)", said)
    if found is None:
        raise NotLookedError(said.strip().splitlines()[-1] if said.strip() else "no answer")
    if float(found[1]) > EXPOSURE_MAX:
        yield Finding(
            UNIT, f"its exposure is {found[1]}, as shipped it is at most {EXPOSURE_MAX}",
            f"systemctl cat {UNIT}: see which drop-in opens it; systemctl revert {UNIT}",
        )  # fmt: skip


def allowed(host: Host) -> Iterator[Finding]:
    """Compare what the configuration needs with what the unit allows."""
    unit = serving(host.path)
    if unit is None:
        raise NotLookedError(f"{UNIT} does not serve {host.path}")
    for clash in bounds(host.config, unit):
        what, _, remedy = clash.expected.partition(": ")
        yield Finding(f"{clash.key} {clash.value}".strip(), what, remedy)


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

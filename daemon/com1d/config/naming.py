"""Names of consoles: which are allowed, and how they replace `{name}` in a setting."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Final

from com1d.config.settings.addresses import SOCKET_PATH_BYTES, PortAddress
from com1d.config.settings.fields import PLACEHOLDER
from com1d.config.settings.setting import RefusedValueError
from com1d.wire.uuids import earlier_vm


CONSOLE_NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""Characters that are safe in a file name, a URL and a shell; no longer than a host name's
label."""

OBSERVE_SUFFIX: Final = ".observe"
"""The raw socket of `x.observe` would be the observers' socket of `x`."""

_AUDIT: Final = re.compile(r"audit(-.*)?\.jsonl")
"""Names of the audit's files in log_dir, where each console's log is a directory of its name."""

SOCKET_KINDS: Final = frozenset({"listen", "unix", "qmp", "chv"})
"""The kinds of port and control whose target is the path of a socket."""


def demand_name(name: str) -> None:
    """Raise `RefusedValueError` unless a console may have this name."""
    if not CONSOLE_NAME.fullmatch(name):
        raise RefusedValueError(
            "must have a name of 1 to 63 ASCII letters, digits, dots, underscores and hyphens "
            "that begins with a letter or a digit"
        )
    if name.endswith(OBSERVE_SUFFIX):
        raise RefusedValueError(
            f"must have a name without {OBSERVE_SUFFIX} at its end, as observers' sockets have"
        )
    if earlier_vm(name):
        raise RefusedValueError(
            "must have a name without a UUID behind a dot at its end, as logs of earlier VMs have"
        )
    if _AUDIT.fullmatch(name):
        raise RefusedValueError("must have another name: the audit's files in log_dir have this")


def port_of(template: PortAddress, name: str) -> PortAddress:
    """Put the name of a console into its port. Raises `RefusedValueError`."""
    if PLACEHOLDER not in template.target:
        return template
    return replace(template, target=_target(template.kind, template.target, name))


def control_of(template: str | None, name: str) -> str | None:
    """Put the name of a console into its control. Raises `RefusedValueError`."""
    if template is None or PLACEHOLDER not in template:
        return template
    kind, _, target = template.partition(":")
    return f"{kind}:{_target(kind, target, name)}"


def qemu_log_of(template: Path | None, name: str) -> Path | None:
    """Put the name of a console into the path of QEMU's log."""
    return None if template is None else Path(str(template).replace(PLACEHOLDER, name))


def _target(kind: str, target: str, name: str) -> str:
    whole = target.replace(PLACEHOLDER, name)
    if kind in SOCKET_KINDS and (length := len(whole.encode())) > SOCKET_PATH_BYTES:
        raise RefusedValueError(
            f"must have a path of at most {SOCKET_PATH_BYTES} bytes, as all Unix sockets; "
            f"{whole} has {length}"
        )
    return whole

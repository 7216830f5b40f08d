"""How the name of a console replaces `{name}` in its settings."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from com1d.config.settings.addresses import SOCKET_PATH_BYTES, PortAddress
from com1d.config.settings.fields import PLACEHOLDER
from com1d.config.settings.setting import RefusedValueError


SOCKET_KINDS: Final = frozenset({"listen", "unix", "qmp", "chv"})
"""The kinds of port and control whose target is the path of a socket."""


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

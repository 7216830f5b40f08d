"""The values of a console or a found VM in the place of fields, such as `{name}`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from com1d.config.settings.addresses import SOCKET_PATH_BYTES, PortAddress
from com1d.config.settings.fields import fill
from com1d.config.settings.setting import RefusedValueError


SOCKET_KINDS: Final = frozenset({"listen", "unix", "qmp", "chv"})
"""The kinds of port and control whose target is the path of a socket."""


def port_of(template: PortAddress, values: Mapping[str, str]) -> PortAddress:
    """Put the values of fields into a port. Raises `RefusedValueError`."""
    if "{" not in template.target:
        return template
    return replace(template, target=_target(template.kind, template.target, values))


def control_of(template: str | None, values: Mapping[str, str]) -> str | None:
    """Put the values of fields into a control. Raises `RefusedValueError`."""
    if template is None or "{" not in template:
        return template
    kind, _, target = template.partition(":")
    return f"{kind}:{_target(kind, target, values)}"


def qemu_log_of(template: Path | None, values: Mapping[str, str]) -> Path | None:
    """Put the values of fields into the path of QEMU's log. Raises `RefusedValueError`."""
    return None if template is None else Path(fill(str(template), values))


def _target(kind: str, target: str, values: Mapping[str, str]) -> str:
    whole = fill(target, values)
    if kind in SOCKET_KINDS and (length := len(whole.encode())) > SOCKET_PATH_BYTES:
        raise RefusedValueError(
            f"must have a path of at most {SOCKET_PATH_BYTES} bytes, as all Unix sockets; "
            f"{whole} has {length}"
        )
    return whole

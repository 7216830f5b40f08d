"""The kinds of control, one small module each. `make` turns a configured one into a `Control`."""

from collections.abc import Callable
from typing import Final, TypeAlias

from com1d.control.base import RUNNING, Ability, Control, Limits, VmEvent, What
from com1d.control.chv import ChvControl
from com1d.control.exec import ExecControl
from com1d.control.problems import ControlBusy
from com1d.errors import ControlRefused


__all__ = [
    "KINDS",
    "RUNNING",
    "Ability",
    "Control",
    "ControlBusy",
    "ControlRefused",
    "Limits",
    "VmEvent",
    "What",
    "make",
]


def make(
    address: str,
    console: str,
    port: str,
    found_port: str = "",
    *,
    shared: bool = False,
    domain: str = "",
) -> Control:
    """Make the control that the configuration writes as `kind:/path` or `libvirt:uri`.

    `console` is the name for people, `domain` what libvirt calls the VM, if that is another; `port`
    is where the console's port is, a path or `host:port`, by which QEMU's character device is
    found. `found_port` is as in `dial`; with `shared`, a QMP socket is let go after every question.
    Raises `KeyError` for a kind that `KINDS` does not have; `com1d.config` has refused it before.
    """
    kind, _, path = address.partition(":")
    if kind == "libvirt":
        return _libvirt(path, console, domain)
    return KINDS[kind](path, console, port, found_port, shared)


def _qmp(path: str, console: str, port: str, found_port: str, shared: bool) -> Control:  # noqa: FBT001
    from com1d.control.qmp import QmpControl  # noqa: PLC0415 -- qemu.qmp, where it is asked for

    return QmpControl(path, console, port, found_port=found_port, shared=shared)


def _libvirt(uri: str, console: str, domain: str = "") -> Control:
    from com1d.control.libvirt import LibvirtControl  # noqa: PLC0415 -- the same of libvirt

    return LibvirtControl(uri, console, domain=domain)


Maker: TypeAlias = Callable[[str, str, str, str, bool], Control]

KINDS: Final[dict[str, Maker]] = {
    "qmp": _qmp,
    "chv": lambda path, console, _port, found, _shared: ChvControl(path, console, found_port=found),
    "exec": lambda path, console, _port, _found, _shared: ExecControl(path, console),
    "libvirt": lambda uri, console, _port, _found, _shared: _libvirt(uri, console),
}
"""Every kind by the word before the colon."""

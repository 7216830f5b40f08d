"""The kinds of ports, one small module each. `make` turns a configured port into a `Port`."""

from collections.abc import Callable
from typing import Final

from com1d.ports.base import BreakLine, DialledPort, Line, Port
from com1d.ports.exec import ExecPort
from com1d.ports.framing import EIGHT_N_ONE, Framing
from com1d.ports.listen import ListenPort
from com1d.ports.pipe import PipePort
from com1d.ports.pty import PtyPort
from com1d.ports.tcp import TcpPort
from com1d.ports.telnet import Remote, TelnetPort
from com1d.ports.unix import UnixPort
from com1d.values import dataclass


__all__ = ["KINDS", "BreakLine", "DialledPort", "Framing", "Line", "Port", "Wishes", "make"]


@dataclass(frozen=True, slots=True)
class Wishes:
    """Settings of a port, each of which counts for some kinds only."""

    baud: int
    """Bits per second of a real line, here or behind `rfc2217:`."""
    pipe_size: int
    """Bytes that a FIFO is to hold."""
    framing: Framing = EIGHT_N_ONE
    """Of a real line."""
    guest_group: int | None = None
    """The group that may open the FIFOs and sockets made for VMs; None: the daemon's own."""


def make(kind: str, target: str, wishes: Wishes, *, found: bool = False) -> Port:
    """Make the port that the configuration writes as `kind:target`.

    With `found`, the VM was there first: what it has made is used, where nobody else can have put
    it there, and nothing is made for it.
    Raises `KeyError` for a kind that `KINDS` does not have; `com1d.config` has refused it before.
    """
    if found and kind == "pipe":
        return PipePort(target, wishes.pipe_size, wishes.guest_group, make=False)
    if found and kind == "unix":
        return UnixPort(target, found=True)
    return KINDS[kind](target, wishes)


def _serial(target: str, wishes: Wishes) -> Port:
    from com1d.ports.serial import SerialPort  # noqa: PLC0415 -- pyserial, only where ttys are

    return SerialPort(target, wishes.baud, wishes.framing)


def _demo(_target: str, _wishes: Wishes) -> Port:
    from com1d.ports.demo import DemoPort  # noqa: PLC0415 -- a simulated guest, hardly ever there

    return DemoPort()


KINDS: Final[dict[str, Callable[[str, Wishes], Port]]] = {
    "serial": _serial,
    "pipe": lambda target, wishes: PipePort(target, wishes.pipe_size, wishes.guest_group),
    "listen": lambda target, wishes: ListenPort(target, wishes.guest_group),
    "pty": lambda target, _wishes: PtyPort(target),
    "unix": lambda target, _wishes: UnixPort(target),
    "tcp": lambda target, _wishes: TcpPort(target),
    "telnet": lambda target, _wishes: TelnetPort(target),
    "rfc2217": lambda target, wishes: TelnetPort(target, Remote(wishes.baud, wishes.framing)),
    "exec": lambda target, _wishes: ExecPort(target),
    "demo": _demo,
}
"""Every kind by the word before the colon."""

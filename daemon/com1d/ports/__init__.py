"""The kinds of ports, one small module each. `make` turns a configured port into a `Port`."""

from collections.abc import Callable
from typing import Final, TypeAlias

from com1d.ports.base import BreakLine, DialledPort, Line, Port
from com1d.ports.listen import ListenPort
from com1d.ports.pipe import PipePort
from com1d.ports.pty import PtyPort
from com1d.ports.tcp import TcpPort
from com1d.ports.telnet import TelnetPort
from com1d.ports.unix import UnixPort


__all__ = ["KINDS", "BreakLine", "DialledPort", "Line", "Port", "make"]


def make(kind: str, target: str, *, baud: int, pipe_size: int, found: bool = False) -> Port:
    """Make the port that the configuration writes as `kind:target`.

    `baud` concerns real ttys only, `pipe_size` (bytes) FIFOs only. With `found`, the VM was there
    first: what it has made is used, and nothing is made for it. Raises `KeyError` for a kind that
    `KINDS` does not have; `com1d.config` has refused it before.
    """
    if found and kind == "pipe":
        return PipePort(target, pipe_size, make=False)
    return KINDS[kind](target, baud, pipe_size)


def _serial(target: str, baud: int, _pipe_size: int) -> Port:
    from com1d.ports.serial import SerialPort  # noqa: PLC0415 -- pyserial, only where ttys are

    return SerialPort(target, baud)


def _demo(_target: str, _baud: int, _pipe_size: int) -> Port:
    from com1d.ports.demo import DemoPort  # noqa: PLC0415 -- a simulated guest, hardly ever there

    return DemoPort()


Maker: TypeAlias = Callable[[str, int, int], Port]

KINDS: Final[dict[str, Maker]] = {
    "serial": _serial,
    "pipe": lambda target, _baud, pipe_size: PipePort(target, pipe_size),
    "listen": lambda target, _baud, _pipe_size: ListenPort(target),
    "pty": lambda target, _baud, _pipe_size: PtyPort(target),
    "unix": lambda target, _baud, _pipe_size: UnixPort(target),
    "tcp": lambda target, _baud, _pipe_size: TcpPort(target),
    "telnet": lambda target, _baud, _pipe_size: TelnetPort(target),
    "rfc2217": lambda target, baud, _pipe_size: TelnetPort(target, baud),
    "demo": _demo,
}
"""Every kind by the word before the colon."""

"""The interface of every kind of port: it opens into a line, again and again.

A `Port` is configured once and lives as long as its console. `open()` makes a `Line`: the file
descriptors that the engine polls. When the line ends (QEMU exits, the adapter is unplugged) the
port's keeper closes it and opens the port anew: from 50 ms to 60 s apart, at once when a path of
`watch` changes, and only then after `PortAbsent`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from com1d.core.carry import Packed
from com1d.loop.descriptors import Descriptors


class Line(Protocol):
    """An open port. It owns its descriptors, which are non-blocking; the engine polls them."""

    read_fd: int
    write_fd: int
    """The same descriptor as `read_fd` except for a pair of FIFOs."""
    bulk: int
    """A read of this many bytes or more means a flood, for which readiness is better than ticks. It
    is well below the most that one read of this kind can return: a pty ends every read at 4,095
    bytes."""
    capacity: int
    """Bytes that a guest, writing one at a time, can print unread before its UART waits."""

    def close(self) -> None:
        """Restore what opening changed, and close.

        Never waits for the guest; safe to call twice.
        """

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give what `Port.take_over` makes the same line of; `name` begins its descriptors' names.

        None where it cannot be handed over: it is opened anew then.
        """


# What only some kinds have, they say by their bases: to look for the methods of a protocol takes
# 40 us each time, with Python 3.11, and a sixth of the start of thousands of consoles.


class BreakLine(ABC):
    """A line that can carry a break condition in band. Only real ttys can."""

    __slots__ = ()

    @abstractmethod
    async def send_break(self) -> None:
        """Hold the line in break for 250 ms. The caller writes nothing meanwhile.

        Raises `OSError` when the device is gone.
        """


class PathLine(ABC):
    """A line that was found by a path, which may come to lead to another VM."""

    __slots__ = ()

    @abstractmethod
    def displaced(self) -> str | None:
        """Say why the path does not lead to this line any more; None while it does."""


class PassingLine(ABC):
    """A line whose bytes pass through our own hands, as telnet's do."""

    __slots__ = ()

    @property
    @abstractmethod
    def passing(self) -> bool:
        """Whether some were read on one side and have not left on the other."""


class MortalLine(ABC):
    """A line with a process behind it that was started for it."""

    __slots__ = ()

    @abstractmethod
    async def ended(self) -> str:
        """Wait for the process' end, and say how it ended, for people."""

    @abstractmethod
    async def buried(self) -> None:
        """Wait until the process is gone, after `close`; kill it if that takes too long.

        To be called once; the line cannot be opened again before.
        """


class Port(Protocol):
    """A kind of port, configured for one console."""

    @property
    def watch(self) -> tuple[Path, ...]:
        """Paths whose creation or opening is a reason to try again now. They need not exist yet."""

    async def open(self) -> Line:
        """Open the port once.

        Raises `PortDown` or `OSError` when it cannot be opened now, `PortAbsent` when a change of
        `watch` has to come first. May wait as long as the far end needs to dial in (see
        `DialledPort`), and is cancelled to stop.
        """

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give what outlives a line; `name` begins its descriptors' names."""

    def take_over(self, packed: Packed, line: Packed, fds: Descriptors) -> Line | None:
        """Go on with what `hand_over` gave, and with a line, if there was one.

        Touches nothing but descriptors. Raises `StateRefused`.
        """

    def close(self) -> None:
        """Close what outlives a line, for example a listening socket and its path."""


class GuestPort(ABC):
    """A port that makes for its VM what that opens."""

    __slots__ = ()

    @abstractmethod
    def regroup(self, group: int) -> None:
        """Have it for VMs in another group from now on. Raises `PortDown` and `OSError`."""


class DialledPort(ABC):
    """A port whose `open` waits for the far end to dial in, perhaps for ever."""

    __slots__ = ()

    turned_away: Callable[[int, int], None]
    """Called where another has dialled meanwhile: how often, and with how many bytes unread."""

    @abstractmethod
    def listen(self) -> None:
        """Listen, unless it does already, so that the far end can dial in. `open` calls this too.

        Raises `PortDown` or `OSError` as `open` does.
        """

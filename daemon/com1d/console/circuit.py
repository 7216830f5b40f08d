"""The circuit of a console: its port, and the line while that is open, read and typed to."""

import contextlib
import random
from collections.abc import Callable

from com1d.bootlog.console_log import STARTED, ConsoleLog
from com1d.bootlog.qemu_log import QemuLog
from com1d.config import ConsoleConfig
from com1d.console.commons import Commons
from com1d.core.carry import Packed
from com1d.core.stream.pacing import Bucket
from com1d.core.stream.ring import Ring
from com1d.errors import Com1Error
from com1d.guest.identity import Identity
from com1d.input.input import Input
from com1d.line.fanout import Fanout
from com1d.line.feed import Feed
from com1d.line.keeper import Keeper
from com1d.line.traffic import Traffic
from com1d.loop.descriptors import Descriptors
from com1d.ports.base import DialledPort, GuestPort, Line, PassingLine, Port
from com1d.telemetry import facts


class Circuit:
    """Keeps the port open; each of its lines is read into the fanout, and typed to by the input."""

    __slots__ = (
        "_changed", "_commons", "_config", "_down", "_fanout", "_input", "_log",
        "_qemu_log", "_up", "keeper", "line", "port", "traffic",
    )  # fmt: skip

    def __init__(
        self,
        config: ConsoleConfig,
        port: Port,
        commons: Commons,
        ring: Ring,
        log: ConsoleLog,
        fanout: Fanout,
        input_: Input,
        identity: Identity,
        *,
        up: Callable[[], None],
        down: Callable[[str, int], None],
        changed: Callable[[], None],
    ) -> None:
        """Lay it; `start` closes it.

        `up` is called when a line is open, `down` when it is lost: why, and how many typed bytes it
        never took; `changed` when there is another line, or none, or the VM can dial in.
        """
        self._config = config
        self.port = port
        """How a line is opened."""
        self._commons = commons
        self._log = log
        self._fanout = fanout
        self._input = input_
        self._up = up
        self._down = down
        self._changed = changed
        self.line: Line | None = None
        """The line; None while the port is down."""
        self.traffic = Traffic(config.baud)
        """What went over it, both ways."""
        self._qemu_log: QemuLog | None = None
        if config.qemu_log is not None:
            self._qemu_log = QemuLog(
                config.name,
                config.qemu_log,
                ring,
                log,
                fanout.deliver,
                commons.record,
                found=config.discovered is not None,
            )
        self.keeper = Keeper(
            port,
            commons.watcher,
            up=self._opened,
            down=self.lose,
            jitter=random.random,
            identity=identity,
            listens=changed,
            dropped=self._dropped,
        )
        """What opens the port, again and again."""
        if isinstance(port, DialledPort):
            port.turned_away = self._turned_away

    def _turned_away(self, times: int, lost: int) -> None:
        config = self._config
        self._commons.record(facts.DiallersTurnedAway(config.name, str(config.port), times, lost))

    def _dropped(self, lost: int) -> None:
        config = self._config
        self._commons.record(facts.LineDropped(config.name, str(config.port), lost))

    def start(self) -> None:
        """Begin to keep the port open."""
        if self._config.port.kind == "exec" and self.line is None:
            self._commons.record(facts.ProgramKept(self._config.name, self._config.port.target))
        self.keeper.start(self.line)

    def regroup(self, group: int) -> None:
        """Have what the port makes for the VM for another group."""
        if isinstance(self.port, GuestPort):
            with contextlib.suppress(Com1Error, OSError):  # the port says why, at its next try
                self.port.regroup(group)
            self.keeper.retry()

    def cut(self) -> int:
        """Let go of the line; give how many typed bytes it never took."""
        discarded = self._input.line_down()
        if self._qemu_log is not None:
            self._qemu_log.line_down()
        self.traffic.line_down()
        self.line = None
        return discarded

    async def stop(self, *, leave: bool = False) -> None:
        """Put the port back as it was found, or `leave` it, after `cut`, and drop the callbacks."""
        await self.keeper.stop(leave=leave)
        if self._qemu_log is not None:
            await self._qemu_log.stop()
        self._up = self._down = self._changed = _nothing

    def _opened(self, line: Line) -> None:
        # The first line may be to a guest that ran before us.
        if self.traffic.sent or self._log.printed:
            self._log.begins(STARTED)
        if self._qemu_log is not None:
            self._qemu_log.line_up(line)
        self._read(line)
        self._up()

    def _read(self, line: Line) -> Feed:
        """Read a line, and let it be typed to."""
        self.line = line
        feed = Feed(
            line,
            self._commons.poller,
            self._commons.ticker,
            Bucket(self._config.baud),
            fanout=self._fanout if self._qemu_log is None else Fanout(self._qemu_log.take),
            drained=self._input.drained,
            ended=self.keeper.line_ended,
        )
        stops_with_us = self._config.port.kind == "demo"
        self.traffic.line_up(feed, None if stops_with_us else line.capacity)
        self._input.line_up(feed.outflow)
        self._changed()
        return feed

    def lose(self, reason: str) -> None:
        """Let go of a line that is down, and tell."""
        discarded = self.cut()
        self._changed()
        self._down(reason, discarded)

    # -- from one process to the next -------------------------------------------------------

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        line = self.line
        if isinstance(line, PassingLine) and line.passing:
            return "its line is stuck"
        return self.keeper.busy or ("" if self._qemu_log is None else self._qemu_log.busy)

    def hand_over(self, fds: Descriptors) -> Packed:
        """Give the port, and its line if there is one."""
        line, feed, name = self.line, self.traffic.feed, self._config.name
        return {
            "kind": str(self._config.port),
            "port": self.port.hand_over(fds, f"{name}/port"),
            "line": None if line is None else line.hand_over(fds, f"{name}/line"),
            "feed": None if feed is None else feed.hand_over(),
        }

    def why_down(self) -> str:
        """Say why there is no line, for people."""
        return self.keeper.reason

    def outlasts(self, fds: Descriptors) -> Packed:
        """Give what of it outlives a kill -9, as `recover` goes on with it."""
        line = None if isinstance(self.line, PassingLine) else self.line  # that one is in our hands
        return {
            "kind": str(self._config.port),
            "port": self.port.hand_over(fds, f"{self._config.name}/port"),
            "line": line and line.hand_over(fds, f"{self._config.name}/line"),
        }

    def recover(self, packed: Packed, fds: Descriptors) -> None:
        """Go on with what a killed process has left, unless another port is configured by now."""
        if packed["kind"] != str(self._config.port):
            return
        line = self.port.take_over(packed["port"], packed["line"], fds)
        if line is not None:
            if self._qemu_log is not None:  # it has what was read and not stored, too
                self._qemu_log.line_up(line)
            self._read(line)

    def take_over(self, packed: Packed, fds: Descriptors) -> None:
        """Go on with the line, unless another port is configured by now."""
        if packed["kind"] != str(self._config.port):
            return
        line = self.port.take_over(packed["port"], packed["line"], fds)
        if line is not None:
            self._read(line).take_over(packed["feed"])
            if self._qemu_log is not None:
                self._qemu_log.take_over()

    def go_on(self) -> None:
        """Write what became due meanwhile."""
        if self.traffic.feed is not None:
            self.traffic.feed.outflow.go_on()


def _nothing(*_: object) -> None:
    """Tell nobody."""

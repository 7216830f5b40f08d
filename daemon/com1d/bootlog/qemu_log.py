"""What a guest printed while the daemon was away, from QEMU's own log of the port, exactly once.

QEMU logs each byte that it sends us, and those that it has nobody to send to. When a line comes up,
the part of QEMU's log behind the end of our stream is delivered first, as `core.store.joining`
says. The line's own bytes wait meanwhile.
"""

import asyncio
import os
import socket
import struct
from collections import deque
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

from com1d.bootlog.console_log import ConsoleLog
from com1d.bootlog.qemu_file import End, QemuFile
from com1d.core.store.joining import (
    PROOF_BYTES,
    TAIL_BYTES,
    Compare,
    Drop,
    Joining,
    Listen,
    Look,
    Sample,
    Tell,
)
from com1d.core.store.known import Joined
from com1d.core.store.layout import KIB, MIB
from com1d.core.store.marks import JOINED, SKIPPED
from com1d.core.stream.ring import Ring
from com1d.ports.base import Line
from com1d.ports.unread import unread
from com1d.telemetry import facts


_UCRED: Final = struct.Struct("iII")

READ_BYTES: Final = 64 * KIB
"""Bytes delivered at once: as many as one read of a port."""

AHEAD_BYTES: Final = 512 * KIB
"""Bytes delivered before waiting for the disk: a quarter of what a store holds in memory."""

HELD_BYTES: Final = MIB
"""Bytes of a line that may wait for the past to be delivered; beyond them the past is cut short.
They are 90 s at line rate, and reading a whole log takes 2 s."""

BEGUN_ANEW: Final = (
    "QEMU's log was begun anew while com1d was away, and what it had before is nowhere beside it"
)


class _Held:
    """A line that waits to be joined to the log, and the bytes that came over it."""

    __slots__ = ("_pieces", "fd", "size", "spoke")

    def __init__(self, fd: int) -> None:
        self.fd: int | None = fd
        """The line's descriptor; None once the line is over."""
        self.size = 0
        self.spoke = asyncio.Event()
        self._pieces: deque[bytes] = deque()

    def add(self, data: bytes) -> None:
        self._pieces.append(data)
        self.size += len(data)
        self.spoke.set()

    def end(self) -> None:
        self.fd = None
        self.spoke.set()

    @property
    def unread(self) -> int:
        """Bytes that the kernel holds unread."""
        try:
            return 0 if self.fd is None else unread(self.fd)
        except OSError:
            return 0

    def sample(self, log: QemuFile) -> Sample:
        return Sample(self.unread, log.size, self.unread, self.size)

    def first(self, count: int) -> bytes:
        return b"".join(self._pieces)[:count]

    def take(self, skip: int) -> bytes:
        """Take out all bytes but the first `skip`."""
        said = b"".join(self._pieces)[skip:]
        self._pieces.clear()
        self.size = 0
        return said


class QemuLog:
    """Stands between the lines of one console and its stream."""

    def __init__(
        self,
        name: str,
        path: Path,
        ring: Ring,
        log: ConsoleLog,
        deliver: Callable[[bytes], None],
        record: Callable[[facts.Fact], object],
        *,
        found: bool,
    ) -> None:
        """Read `path`; `deliver` gets what the guest printed, from log and line alike.

        `found` is as in `QemuFile`.
        """
        self._name = name
        self._path = path
        self._ring = ring
        self._log = log
        self._deliver = deliver
        self._record = record
        self._found = found
        self._lines: deque[_Held] = deque()
        """Lines that are not joined yet, the oldest first; each but the last is over."""
        self._first = True
        """Whether no line was joined yet."""
        self._task: asyncio.Task[None] | None = None
        """Joins them, one after the other."""

    def line_up(self, line: Line) -> None:
        """Begin with a new line: its bytes are held until the past is delivered."""
        self._lines.append(_Held(line.read_fd))
        if self._task is None:
            self._task = asyncio.get_running_loop().create_task(self._join_all())

    def line_down(self) -> None:
        """Note that the line is over; its held bytes are still delivered."""
        if self._lines:
            self._lines[-1].end()

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        return "what the guest printed before is being read" if self._lines else ""

    def take_over(self) -> None:
        """Go on with a line that another process has joined to the log."""
        self._first = False

    async def stop(self) -> None:
        """Deliver no more. Held bytes are in QEMU's log, where the next daemon finds them."""
        task, self._task = self._task, None  # which refers to us, by its traceback
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))

    def take(self, data: bytes) -> None:
        """Take what the guest printed on the line."""
        if self._lines:
            self._lines[-1].add(data)
        else:
            self._deliver(data)

    async def _join_all(self) -> None:
        while self._lines:
            held = self._lines[0]
            told = await self._join(held)
            said = held.take(told)
            self._lines.popleft()
            if said:
                self._deliver(said)
        self._task = None

    async def _join(self, held: _Held) -> int:
        """Deliver the past; give how many of the line's first bytes were part of it."""
        try:
            end = await self._end_of_stream()
            owner = None if held.fd is None else _far_user(held.fd)
            log = await asyncio.to_thread(QemuFile, self._path, end, owner, found=self._found)
            with closing(log):
                self._compare(end, log)
                return await self._fill(held, log)
        except OSError as error:
            reason = f"{self._path}: {error.strerror or error}"
            self._record(facts.LogUnfilled(self._name, reason))
            return 0

    def _compare(self, end: End, log: QemuFile) -> None:
        """Mark that something may be missing, where the log does not go on from the stream.

        Only in the first log of a daemon: later ones begin with a QEMU whose every byte was heard.
        """
        if self._first and not log.found and end.expected is not None:
            self._log.note(SKIPPED, bytes=0, reason=BEGUN_ANEW)
        self._first = False

    async def _end_of_stream(self) -> End:
        """Give the stream's last bytes, and the log's position and inode where known."""
        ring, end = self._ring, self._ring.end
        tail = ring.read(max(ring.start, end - TAIL_BYTES), TAIL_BYTES)
        store = self._log.store
        if store is not None and len(tail) < min(TAIL_BYTES, end):
            start = max(0, end - TAIL_BYTES)
            tail = b"".join([piece.data async for piece in store.past.read(start)])[-TAIL_BYTES:]
        joined = self._log.joined
        return End(tail, end - joined.shift, joined.inode) if joined else End(tail)

    async def _fill(self, held: _Held, log: QemuFile) -> int:
        """Carry out the commands of `Joining` for as long as the line exists."""
        joining = Joining(log.start)
        step = joining.begin()
        while True:
            match step:
                case Look(seconds=seconds):
                    await asyncio.sleep(seconds)
                    if held.fd is None and joining.told_past:
                        return 0  # the line is over, so nobody can tell where in the log it began
                    step = joining.looked(held.sample(log))
                case Tell(start=start, stop=stop):
                    step = joining.told(await self._tell(held, log, start, stop))
                    self._note(joining.position - log.base, log.inode)
                case Listen():
                    await self._speech(held)
                    step = joining.spoke()
                case Compare(base=base, size=size):
                    window = await asyncio.to_thread(log.read, base, size)
                    step = joining.compared(window, base, held.first(PROOF_BYTES))
                case Drop(count=count):
                    return count

    async def _speech(self, held: _Held) -> None:
        """Return when something came over the line, or it is over."""
        while held.fd is not None and not held.size and not held.unread:
            held.spoke.clear()
            await held.spoke.wait()

    def _note(self, position: int, inode: int) -> None:
        """Remember that the stream holds the log up to `position`."""
        joined = Joined(self._ring.end - position, inode)
        if joined != self._log.joined:
            self._log.note(JOINED, **joined._asdict())

    async def _tell(self, held: _Held, log: QemuFile, start: int, stop: int) -> int:
        """Deliver a part of QEMU's log, and give where that ended."""
        if stop - start > self._log.limit:
            start = self._skip(start, stop - self._log.limit)
        ahead = 0
        while start < stop:
            if held.size > HELD_BYTES:
                return self._skip(start, stop)
            data = await asyncio.to_thread(log.read, start, min(READ_BYTES, stop - start))
            if not data:  # QEMU's log was truncated while we read
                break
            self._deliver(data)
            start += len(data)
            ahead += len(data)
            if ahead >= AHEAD_BYTES and self._log.store is not None:
                await self._log.store.past.settle()
                ahead = 0
        return start

    def _skip(self, start: int, stop: int) -> int:
        reason = "the guest printed more than com1d takes from QEMU's log at once"
        self._log.note(SKIPPED, bytes=stop - start, reason=reason)
        return stop


def _far_user(fd: int) -> int | None:
    """Give the user at the far end of a Unix socket, as the kernel says it; None for others."""
    try:
        with socket.socket(fileno=os.dup(fd)) as line:
            if line.family != socket.AF_UNIX:
                return None
            said = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
    except OSError:  # a FIFO, a tty, or a line that is over
        return None
    _pid, uid, _gid = _UCRED.unpack(said)
    return int(uid)

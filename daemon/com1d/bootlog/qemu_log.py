"""What a guest printed while the daemon was away, from QEMU's own log of the port, exactly once.

QEMU logs each byte that it sends us, and those that it has nobody to send to. When a line comes
up, the part of its log behind the end of the stream is put into the stream first. Where that part
ends is where the line's own bytes begin: the length of the log, less what came over this line and
what is still unread in it. What comes meanwhile waits.
"""

import asyncio
import errno
import fcntl
import os
import stat
import struct
import termios
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from com1d.bootlog.console_log import ConsoleLog
from com1d.core.store.joining import REACH_BYTES, TAIL_BYTES, nearest
from com1d.core.store.known import Joined
from com1d.core.store.layout import KIB, MIB
from com1d.core.store.marks import JOINED, SKIPPED
from com1d.core.stream.ring import Ring
from com1d.ports.base import Line
from com1d.telemetry import facts


READ_BYTES: Final = 64 * KIB
"""Delivered at once, as much as one read of a port."""

AHEAD_BYTES: Final = 512 * KIB
"""Delivered before the disk is waited for: a quarter of what a store holds in memory."""

HELD_BYTES: Final = MIB
"""The most that a line may say while it waits for the past, which is cut short then: 90 s at line
rate, and reading a whole log takes two."""

SEARCH_BYTES: Final = 16 * MIB
"""Of QEMU's log, looked through for the end of the stream."""

SAMPLES: Final = 3
SAMPLE_SECONDS: Final = 0.002
"""How often, and how far apart, a line's first byte is looked for. QEMU sends a byte before it
writes it down: one look in between would miss it."""

PROOF_BYTES: Final = 4 * KIB
"""Of a line's first bytes, compared with what stands in the log."""

TRIES: Final = 100
"""Looks at a line that prints while it is looked at, for one in which it does not."""


class House(Protocol):
    """What this needs of the daemon."""

    def record(self, fact: facts.Fact) -> None:
        """Tell the log and the event stream what happened."""


class _Seen(NamedTuple):
    """QEMU's log, open, and where in it the stream goes on."""

    fd: int
    inode: int
    start: int


class QemuLog:
    """Stands between the lines of one console and its stream."""

    def __init__(
        self,
        name: str,
        path: Path,
        ring: Ring,
        log: ConsoleLog,
        deliver: Callable[[bytes], None],
        house: House,
    ) -> None:
        """Read `path`; `deliver` takes what the guest printed, from wherever it came."""
        self._name = name
        self._path = path
        self._ring = ring
        self._log = log
        self._deliver = deliver
        self._house = house
        self._limit = log.limit
        self._task: asyncio.Task[None] | None = None
        self._line: Line | None = None
        self._held: list[bytes] = []
        self._held_size = 0
        self._spoke = asyncio.Event()

    def line_up(self, line: Line) -> None:
        """Begin with a new line: what it says is held until the past is told."""
        self._line = line
        self._spoke.clear()
        before = self._task
        self._task = asyncio.get_running_loop().create_task(self._join(line, before))

    def line_down(self) -> None:
        """Note that the line is over; what it said is still told."""
        self._line = None
        self._spoke.set()

    async def stop(self) -> None:
        """Tell no more. What is still held is in QEMU's log, where the next daemon finds it."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def take(self, data: bytes) -> None:
        """Take what the guest printed on the line."""
        if self._task is None:
            self._deliver(data)
            return
        self._held.append(data)
        self._held_size += len(data)
        self._spoke.set()

    async def _join(self, line: Line, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.gather(before, return_exceptions=True)
        try:
            seen = await asyncio.to_thread(self._find, *await self._end_of_stream())
        except OSError as error:
            reason = f"{self._path}: {error.strerror or error}"
            self._house.record(facts.LogUnfilled(self._name, reason))
        else:
            try:
                await self._fill(line, seen)
            finally:
                os.close(seen.fd)
        self._release()

    def _release(self) -> None:
        """Let what was held go its way and, unless there is another line by now, what follows."""
        held, self._held, self._held_size = self._held, [], 0
        if asyncio.current_task() is self._task:
            self._task = None
        for data in held:
            self._deliver(data)

    # -- where the stream ended -----------------------------------------------------------------

    async def _end_of_stream(self) -> tuple[bytes, int | None, int]:
        """Give the last bytes, and where QEMU's log of this inode should go on, if known."""
        ring, end = self._ring, self._ring.end
        tail = ring.read(max(ring.start, end - TAIL_BYTES), TAIL_BYTES)
        store = self._log.store
        if store is not None and len(tail) < min(TAIL_BYTES, end):
            start = max(0, end - TAIL_BYTES)
            tail = b"".join([piece.data async for piece in store.past.read(start)])[-TAIL_BYTES:]
        joined = self._log.joined
        return (tail, end - joined.shift, joined.inode) if joined else (tail, None, 0)

    def _find(self, tail: bytes, expected: int | None, inode: int) -> _Seen:
        """Open QEMU's log and find where the stream ended in it. Blocks. Raises `OSError`."""
        fd = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            status = os.fstat(fd)
            _demand_file(status)
            if status.st_ino != inode:
                expected = None
            start = _goes_on(fd, status.st_size, tail, expected)
        except BaseException:
            os.close(fd)
            raise
        return _Seen(fd, status.st_ino, start)

    # -- telling the past -----------------------------------------------------------------------

    async def _fill(self, line: Line, seen: _Seen) -> None:
        """Put into the stream what the log has and the line has not."""
        position = await self._tell(seen.fd, seen.start, self._sample(seen.fd))
        self._note(position, seen.inode)
        while self._line is line and not self._held and not self._unread():
            self._spoke.clear()
            await self._spoke.wait()
        if self._line is line:
            begins = await self._first_byte(seen.fd)
            position = await self._tell(seen.fd, position, begins)
            self._drop(position - begins)
            self._note(position, seen.inode)

    def _note(self, position: int, inode: int) -> None:
        """Remember that the stream has the log up to `position`."""
        joined = Joined(self._ring.end - position, inode)
        if joined != self._log.joined:
            self._log.note(JOINED, **joined._asdict())

    async def _tell(self, fd: int, start: int, stop: int) -> int:
        """Deliver a part of QEMU's log, and give where that ended."""
        if stop - start > self._limit:
            start = self._skip(start, stop - self._limit)
        ahead = 0
        while start < stop:
            if self._held_size > HELD_BYTES:
                return self._skip(start, stop)
            read = partial(os.pread, fd, min(READ_BYTES, stop - start), start)
            data = await asyncio.to_thread(read)
            if not data:  # it was cut while we read
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

    # -- where the line begins ------------------------------------------------------------------

    def _unread(self) -> int:
        """Give how many bytes of the line are not read yet, as far as the kernel tells."""
        if self._line is None:
            return 0
        try:
            answer = fcntl.ioctl(self._line.read_fd, termios.FIONREAD, bytes(4))
        except OSError:
            return 0
        return int(struct.unpack("i", answer)[0])

    async def _first_byte(self, fd: int) -> int:
        """Give where in QEMU's log the line's first byte stands."""
        begins = 0
        for _ in range(SAMPLES):
            begins = max(begins, self._sample(fd))
            await asyncio.sleep(SAMPLE_SECONDS)
        proof = b"".join(self._held)[:PROOF_BYTES][:-1]  # the last one may not be in the log yet
        base = max(0, begins - REACH_BYTES)
        size = begins - base + len(proof) + REACH_BYTES
        window = await asyncio.to_thread(os.pread, fd, size, base)
        found = nearest(window, base, proof, begins)
        return begins if found is None else found

    def _sample(self, fd: int) -> int:
        """Compare the length of the log with what came, in a moment in which nothing comes."""
        size = unread = 0
        for _ in range(TRIES):
            unread, size = self._unread(), os.fstat(fd).st_size
            if unread == self._unread():
                break
        return size - self._held_size - unread

    def _drop(self, count: int) -> None:
        """Forget what the line said and the log has told already."""
        while count > 0 and self._held:
            first = self._held.pop(0)
            self._held_size -= len(first)
            if len(first) > count:
                self._held.insert(0, first[count:])
                self._held_size += len(first) - count
            count -= len(first)


def _demand_file(status: os.stat_result) -> None:
    """Raise `OSError` for what could hold us up, or is not what QEMU makes."""
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is no regular file")


def _goes_on(fd: int, size: int, tail: bytes, expected: int | None) -> int:
    """Give where the log goes on behind `tail`: at its beginning, where it does not have it."""
    if not tail:
        return 0
    if expected is None:
        base = max(0, size - SEARCH_BYTES)
        wanted = size
    else:
        base = max(0, expected - len(tail) - REACH_BYTES)
        wanted = expected - len(tail)
    window = os.pread(fd, SEARCH_BYTES, base)
    found = nearest(window, base, tail, wanted)
    return 0 if found is None else found + len(tail)

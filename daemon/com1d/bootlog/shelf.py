"""One console's log on the disk, in the process that writes it.

A shelf takes batches and keeps those that the disk refuses, so that a disk that is full for a while
loses nothing that fits into memory. The `Store` in the loop bounds how much that is.
"""

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Final

from com1d.bootlog import recovery
from com1d.bootlog.files import Files, replace_file
from com1d.bootlog.messages import Batch
from com1d.bootlog.sealing import Keyring, LockedError
from com1d.bootlog.segment import Segment, Sizes
from com1d.core.store.boots import SignFinder, in_head, next_turn
from com1d.core.store.known import Known
from com1d.core.store.layout import BLOCK, KIB, UUID_FILE, file_name, segment_bytes
from com1d.core.store.marks import BOOT, CARRY, Mark
from com1d.core.store.retention import Held, Kept, head_bytes
from com1d.telemetry import facts


CLOCK_STEP: Final = 1.0
"""Seconds. A clock set back by more begins a new segment, because times are searched by bisection;
with smaller steps back, records keep the previous time."""

MARKS_PART: Final = 4
"""Marks take one part in this many of a segment. More marks begin the next segment, or are left out
where the guest prints nothing, so that sessions that come and go do not push its output out of the
log."""

CARRY_BYTES: Final = KIB
"""A segment carries one earlier boot for each of these bytes: a tenth of the smallest segment."""

OPENING_BYTES: Final = 3 * BLOCK
"""Bytes that an empty segment takes on the disk: a block for each file."""


class Shelf:
    """The segments of one console."""

    def __init__(
        self,
        folder: Path,
        keyring: Keyring,
        files: Files,
        finished: Callable[[tuple[int, ...]], None],
    ) -> None:
        """Describe a log, taken as empty until `load`.

        `finished` gets the descriptors of a segment that is full, to sync and close them.
        """
        self.folder = folder
        self.limit = 0
        """Bytes that it may take on the disk."""
        self.end = 0
        """Offset after the newest byte on the disk."""
        self.known = Known()
        self.backlog_bytes = 0
        """Bytes taken and not on the disk yet."""
        self.rotations = 0
        """Segments that were begun."""
        self.uuid = ""
        """The VM that it is of; empty while that is not known."""
        self.locked = ""
        """Why the log can be neither read nor written (a missing key); empty where it can."""
        self.told: list[facts.Fact] = []
        """Facts since the start that were not sent to the daemon yet."""
        self._looked = False
        """Whether the disk was read successfully."""
        self._keyring = keyring
        self._files = files
        self._finished = finished
        self._kept = Kept()
        self._active: Segment | None = None
        self._backlog: deque[tuple[int, bytes, float]] = deque()
        self._marks: deque[Mark] = deque()
        self._written = Known()
        """What the marks on the disk tell."""
        self._signs = SignFinder()
        self._chores: list[tuple[Path, Path | None]] = []
        self._unsaid = False
        """Whether `uuid` is not on the disk yet."""

    @property
    def name(self) -> str:
        """The console's name."""
        return self.folder.name

    @property
    def weight(self) -> int:
        """Bytes on the disk."""
        return self._kept.weight + (self._active.sizes.weight if self._active else 0)

    @property
    def oldest(self) -> int:
        """Offset of the oldest byte on the disk; what follows it may have holes."""
        held = self._kept.oldest
        return held.base if held else self._active_base

    @property
    def oldest_at(self) -> float:
        """When the segment of that byte was last written, in seconds since 1970."""
        held = self._kept.oldest
        return held.at if held else self.end_at

    @property
    def end_at(self) -> float:
        """When the newest byte came; 0 where none is known."""
        return self._active.at if self._active else 0.0

    @property
    def taken(self) -> int:
        """Offset after the newest byte that was taken, on the disk or not."""
        if not self._backlog:
            return self.end
        offset, data, _ = self._backlog[-1]
        return offset + len(data)

    @property
    def has_backlog(self) -> bool:
        """Whether something was taken and is not on the disk yet."""
        return bool(self._backlog or self._marks or self._unsaid)

    @property
    def _active_base(self) -> int:
        return self._active.base if self._active else self.end

    # -- at start -----------------------------------------------------------------------------

    def load(self) -> list[facts.Fact]:
        """Read the log on the disk; give the facts about it. Raises `OSError`."""
        loaded = recovery.load(self.folder, self._keyring)
        self._looked = True
        self.uuid = recovery.uuid(self.folder)
        self.end = loaded.end
        self._chores = loaded.chores
        for held in loaded.kept:
            self._kept.add(held)
        told = loaded.told
        last = loaded.last
        if last is not None and last.cut:
            told.append(facts.LogRecovered(self.name, last.cut))
        if last is not None and last.guard is None:
            self._lock(last.locked)
            told.append(facts.LogFailed(self.name, 1, str(self.folder), self.locked))
        elif last is not None and last.guard is not None:
            for mark in last.marks:
                self.known = self.known.noting(mark)
            self._written = self.known
            self._active = Segment(self.folder, last.header, last.guard, self._files, last.sizes)
            self._active.continue_at(last.end, last.at, sealed=last.sealed)
        with suppress(OSError):
            self._do_chores()
        return told

    def _lock(self, reason: str) -> None:
        self.locked = (
            f"the log of {self.name} is locked: {reason}; give log_key the key that it was "
            f"written with, or move {self.folder} away"
        )

    def _look(self) -> None:
        """Read the disk if that failed at the start, so that nothing unknown is overwritten."""
        with suppress(FileNotFoundError, NotADirectoryError):
            found = recovery.load(self.folder, self._keyring)
            if found.last or found.kept:
                reason = "it could not be read when com1d started, so offsets began anew"
                found = recovery.set_log_aside(self.folder, reason)
            self._chores += found.chores
            self.told += found.told
        self._looked = True

    def _do_chores(self) -> None:
        """Rename and delete the files that `load` listed."""
        while self._chores:
            path, target = self._chores[0]
            with suppress(FileNotFoundError):
                if target is None:
                    self._files.remove(path)
                else:
                    self._files.rename(path, target)
            del self._chores[0]

    # -- writing ------------------------------------------------------------------------------

    def put(self, batch: Batch) -> None:
        """Take a batch over; `flush` writes it."""
        marks = list(batch.marks)
        if batch.data:
            for sign in self._signs.feed(batch.offset, batch.data, batch.at):
                text = {"cause": sign.cause, "stage": sign.stage}
                marks.append(Mark(sign.offset, sign.at, BOOT, text))
            self._backlog.append((batch.offset, batch.data, batch.at))
            self.backlog_bytes += len(batch.data)
        for mark in sorted(marks, key=lambda mark: mark.offset):
            self.known = self.known.noting(mark)
            self._marks.append(mark)
        self._kept.reconsider()

    def identify(self, uuid: str) -> None:
        """Note which VM it is of; `flush` writes that."""
        self._unsaid = self._unsaid or uuid != self.uuid
        self.uuid = uuid

    def _say_whose(self) -> None:
        if self._unsaid:
            self._files.make_directory(self.folder)
            replace_file(self._files, self.folder / UUID_FILE, self.uuid.encode() + b"\n")
            self._unsaid = False

    def flush(self) -> None:
        """Write what was taken. After `OSError` and `LockedError` the rest is kept for later."""
        if self.locked:
            raise LockedError(self.locked)
        try:
            self._flush()
        except FileNotFoundError:  # somebody has deleted the files: begin another segment
            self._forget()
            self._flush()

    def _flush(self) -> None:
        try:
            if not self._looked:
                self._look()
            self._do_chores()
            self._say_whose()
            while self._backlog:
                offset, data, at = self._backlog[0]
                count = self._write(offset, data, at)
                self.backlog_bytes -= count
                if count == len(data):
                    self._backlog.popleft()
                else:
                    self._backlog[0] = (offset + count, data[count:], at)
            if self._marks:
                self._write_marks(self._segment_for(self.end, self._marks[-1].at), None)
        except OSError:
            self.rest()
            raise

    def _write(self, offset: int, data: bytes, at: float) -> int:
        """Write as much of `data` as goes into one segment, and say how much that was."""
        segment = self._segment_for(offset, at)
        turn = next_turn(self.known.boots, offset, head_bytes(self.limit))
        room = max(BLOCK, segment_bytes(self.limit) - segment.sizes.raw)
        count = min(len(data), room, turn - offset if turn is not None else room)
        sizes = segment.sizes
        self._make_room(Sizes(sizes.raw + count, sizes.idx + BLOCK, 0).weight - sizes.weight)
        self._write_marks(segment, offset + count)
        segment.append(offset, data[:count], at)
        self.end = offset + count
        return count

    def _write_marks(self, segment: Segment, before: int | None) -> None:
        """Write the marks of offsets before `before`, or all."""
        due = list(takewhile(lambda m: before is None or m.offset < before, self._marks))
        if not due:
            return
        if segment.sizes.marks < segment_bytes(self.limit) // MARKS_PART:
            self._make_room(BLOCK)
            segment.mark(due)
        for _ in due:
            self._written = self._written.noting(self._marks.popleft())

    def _segment_for(self, offset: int, at: float) -> Segment:
        segment = self._active
        if segment is None or self._is_over(segment, offset, at):
            segment = self._begin(offset, at)
        segment.resume()
        return segment

    def _is_over(self, segment: Segment, offset: int, at: float) -> bool:
        """Tell whether bytes from `offset` on belong into a new segment."""
        if segment.encrypted != self._keyring.encrypts:
            return True
        if offset == segment.base:
            return False
        full = segment_bytes(self.limit)
        head = head_bytes(self.limit)
        return (
            segment.sizes.weight >= full
            or segment.sizes.marks >= full // MARKS_PART
            or at < segment.at - CLOCK_STEP
            or in_head(self.known.boots, segment.base, head)
            != in_head(self.known.boots, offset, head)
        )

    def _begin(self, offset: int, at: float) -> Segment:
        self._make_room(OPENING_BYTES)
        self._files.make_directory(self.folder)
        header = self._keyring.header(self.name, offset, at)
        carried = self._written.keeping(self._ranges()).carried(
            boots=segment_bytes(self.limit) // CARRY_BYTES
        )
        carry = Mark(offset, at, CARRY, carried)
        before = self._active
        if before is not None and before.base == offset:
            before.rest()  # the last segment is empty, and the new one replaces it
            self._active = before = None
        elif before is not None:
            before.resume()  # which cuts what a crash left
        guard = self._keyring.guard(self.name, header)
        fresh = Segment.create(self.folder, header, guard, self._files, carry)
        if before is not None:
            self._kept.add(_as_held(before))
            self._finished(before.detach())
        self._active = fresh
        self.rotations += 1
        return fresh

    # -- keeping within bounds ----------------------------------------------------------------

    def _make_room(self, growth: int) -> None:
        while self.weight + growth > self.limit and self.evict():
            pass

    def next_to_go(self) -> Held | None:
        """Give the segment that would be deleted first."""
        return self._kept.next_to_go(self._active_base, self.known.boots, self.limit)

    def evict(self) -> bool:
        """Delete the segment that matters least; say whether there was one. Raises `OSError`."""
        held = self.next_to_go()
        if held is None:
            return False
        self._delete(held.base)
        self._kept.remove(held)
        self.known = self.known.keeping(self._ranges())
        return True

    def _delete(self, base: int) -> None:
        """Delete the index last: without it, the rest would look like damage."""
        for kind in ("raw", "marks", "idx"):
            self._files.remove(self.folder / file_name(base, kind))

    def _ranges(self) -> list[tuple[int, int]]:
        """Give from where to where each segment goes."""
        bases = [held.base for held in self._kept]
        if self._active:
            bases.append(self._active.base)
        return list(pairwise([*bases, self.taken]))

    def delete(self) -> None:
        """Delete the whole log. Raises `OSError`."""
        self.rest()
        for held in list(self._kept):
            self._delete(held.base)
            self._kept.remove(held)
        if self._active:
            self._delete(self._active.base)
            self._active = None
        self._files.remove(self.folder / UUID_FILE)

    # -- ending -------------------------------------------------------------------------------

    def rest(self) -> None:
        """Close the files until there is more to write."""
        if self._active is not None:
            self._active.rest()

    def close(self) -> None:
        """Seal the last segment, if the disk lets us, and close."""
        # If not, the next start checks this segment as after a crash.
        with suppress(OSError):
            if self._active is not None:
                self._active.seal()
        self.rest()

    def _forget(self) -> None:
        """Forget segments that are no longer on the disk."""
        self.rest()
        before = [*self._kept, *([_as_held(self._active)] if self._active else [])]
        self._kept, self._active = Kept(), None
        for held in before:
            if (self.folder / file_name(held.base, "idx")).exists():
                self._kept.add(held)


def _as_held(segment: Segment) -> Held:
    return Held(segment.base, segment.sizes.weight, segment.at)

"""A window: a look at the files of one log, for one request, in a reading thread. Changes nothing.

A window needs nothing from the writing thread: the names of the files say what there is, and a
record that is whole vouches for its bytes. Deletions and writes at the same time do no harm. Each
call takes one bounded step and leaves no file open.
"""

import math
import os
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import pairwise
from pathlib import Path
from typing import Final

from com1d.bootlog.pieces import Run, Step
from com1d.bootlog.sealing import PLAIN, Keyring
from com1d.core.store.known import OF_KNOWN
from com1d.core.store.layout import console_of, file_name, parse_name
from com1d.core.store.marks import GAP, Mark, decode
from com1d.core.store.records import (
    HEADER_BYTES,
    Checksum,
    DamagedError,
    Guard,
    Header,
    OtherVersionError,
    PlainError,
    Record,
    Records,
)


STEP_RECORDS: Final = 256
"""Records read in one step, of a guest that prints little at a time: as long as `STEP_BYTES`."""


class Window:
    """One console's log on the disk at this moment."""

    def __init__(self, folder: Path, keyring: Keyring) -> None:
        """Look into `folder`."""
        self._folder = folder
        self._keyring = keyring

    def bases(self) -> list[int]:
        """Give the first offsets of all segments, in order."""
        try:
            parsed = [parse_name(path.name) for path in self._folder.iterdir()]
        except FileNotFoundError:
            return []
        return sorted(found[0] for found in parsed if found and found[1] == "idx")

    def step(self, start: int, stop: int, *, timed: bool) -> Step:
        """Read the first bytes between two offsets; there may be more while `next` < `stop`.

        With `timed`, each piece has its own time; without, those in a row are put together.
        Raises `LockedError`, `OSError`.
        """
        bases = self.bases()
        index = max(0, bisect_right(bases, start) - 1)
        for base, following in pairwise([*bases[index:], stop]):
            start, end = max(start, base), min(following, stop)
            if start >= end:
                continue
            with self._segment(base) as segment:
                step = segment.read(start, end, timed=timed) if segment else Step([], end)
            if step.pieces or step.damaged:
                return step
        return Step([], stop)

    def offset_at(self, at: float) -> int | None:
        """Give the offset of the first byte that came at `at` or later; None if none did.

        Where the clock was set back, what came before counts as older than what came after.
        """
        newer: int | None = None
        created = math.inf
        for base in reversed(self.bases()):
            with self._segment(base) as segment:
                if segment is None:
                    continue
                if segment.header.created > created:
                    return newer
                created = segment.header.created
                found = segment.first(lambda record: record.at >= at)
                if found is not None:
                    newer = found[1].offset
                if created < at:
                    return newer
        return newer

    def marks(self, start: int, stop: int) -> tuple[list[Mark], int]:
        """Give the marks of the first segment between two offsets, and where to go on.

        Marks of boots are left out, since several signs make one boot: the shelf folds them.
        """
        bases = self.bases()
        index = max(0, bisect_right(bases, start) - 1)
        with self._segment(bases[index]) if index < len(bases) else nullcontext() as segment:
            found = segment.marks() if segment else []
        following = bases[index + 1] if index + 1 < len(bases) else stop
        found = [mark for mark in found if mark.kind not in OF_KNOWN]
        return [mark for mark in found if start <= mark.offset < stop], min(following, stop)

    @contextmanager
    def _segment(self, base: int) -> Iterator["_View | None"]:
        """Open a segment; None where it was deleted meanwhile, or is damaged."""
        try:
            view = _View(self._folder, base, self._keyring)
        except (FileNotFoundError, DamagedError, OtherVersionError):
            yield None
            return
        try:
            yield view
        finally:
            view.close()


class _View:
    """The index and the raw bytes of one segment, open for reading."""

    def __init__(self, folder: Path, base: int, keyring: Keyring) -> None:
        self._idx = os.open(folder / file_name(base, "idx"), os.O_RDONLY | os.O_NOFOLLOW)
        self._raw = -1
        self._marks = folder / file_name(base, "marks")
        try:
            self._raw = os.open(folder / file_name(base, "raw"), os.O_RDONLY | os.O_NOFOLLOW)
            self.header = Header.decode(os.pread(self._idx, HEADER_BYTES, 0))
            self.guard = self._guard(console_of(folder.name), keyring)
            self._records = Records(self.header, self.guard.proof_bytes)
            self.count = (os.fstat(self._idx).st_size - HEADER_BYTES) // self._records.size
            while self.count and self._unpacked(self.count - 1) is None:
                self.count -= 1  # it is being written at the moment, or was torn
        except BaseException:
            self.close()
            raise

    def _guard(self, console: str, keyring: Keyring) -> Guard:
        self._is_plain = False
        try:
            return keyring.guard(console, self.header)
        except PlainError:
            self._is_plain = True
            return Checksum()

    def close(self) -> None:
        """Close both files."""
        os.close(self._idx)
        if self._raw >= 0:
            os.close(self._raw)

    def first(self, wanted: Callable[[Record], bool]) -> tuple[int, Record] | None:
        """Find the first record that is `wanted`, as all after it are; with its number."""
        try:
            number = bisect_left(range(self.count), True, key=lambda i: wanted(self._record(i)))  # noqa: FBT003 - the value that is looked for
        except DamagedError:
            number = 0
        found = ((i, self._unpacked(i)) for i in range(number, self.count))
        return next(((i, record) for i, record in found if record and wanted(record)), None)

    def _record(self, number: int) -> Record:
        record = self._unpacked(number)
        if record is None:
            raise DamagedError(f"record {number} of segment {self.header.base} is damaged")
        return record

    def _unpacked(self, index: int) -> Record | None:
        size = self._records.size
        return self._records.unpack(os.pread(self._idx, size, HEADER_BYTES + index * size))

    def read(self, start: int, stop: int, *, timed: bool) -> Step:
        """Read one step's worth of pieces; all of what is plain and may not be is damage."""
        if self._is_plain:
            return Step([], stop, damaged=stop - start)
        run = Run(start, stop, timed=timed)
        found = self.first(lambda record: record.end > start)
        if found is not None:
            for number in range(found[0], self.count, STEP_RECORDS):
                if self._read_block(run, number) or run.found_any:
                    break
        return run.step()

    def _read_block(self, run: "Run", number: int) -> bool:
        """Read the records from `number` on; true when that is all that was asked for."""
        size = self._records.size
        count = min(STEP_RECORDS, self.count - number)
        block = os.pread(self._idx, count * size, HEADER_BYTES + number * size)
        records = [self._records.unpack(block, at) for at in range(0, len(block), size)]
        chosen = run.choose(records)
        good = [record for record in chosen if record is not None]
        if good:
            start, stop = good[0].position, good[-1].position + good[-1].length
            raw = os.pread(self._raw, stop - start, start)
            for record in chosen:
                run.add(record, record and self._reveal(record, raw, start))
        return len(chosen) < len(records)

    def _reveal(self, record: Record, raw: bytes, start: int) -> bytes | None:
        """Give a record's bytes; None where they are not what was written."""
        position = record.position - start
        stored = raw[position : position + record.length]
        try:
            return self.guard.reveal(stored, record.proof, record.place)
        except DamagedError:
            return None

    def marks(self) -> list[Mark]:
        """Read what is noted beside the bytes; of what is plain and may not be, that it is."""
        if self._is_plain:
            return [self._hole()]
        try:
            return [mark for mark, _ in decode(self._marks.read_bytes(), self.guard)]
        except FileNotFoundError:
            return []

    def _hole(self) -> Mark:
        base, created = self.header.base, self.header.created
        last = self._unpacked(self.count - 1) if self.count else None
        hole = {"bytes": last.end - base if last else 0, "since": created, "reason": PLAIN}
        return Mark(base, created, GAP, hole)

"""A shelf against the plainest model there is: every byte ever taken, by its offset.

Any sequence of printing, gaps, boots, rotations, full disks, crashes at any byte of any write,
torn sectors, restarts and clocks set back: what is read is what was printed, and what is missing
was never on the disk or was deleted to make room.
"""

import os
import random
import shutil
import tempfile
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from bootlog.faults import BrokenFiles, Crash
from com1d.bootlog.messages import Batch
from com1d.bootlog.pieces import Piece
from com1d.bootlog.sealing import Keyring
from com1d.bootlog.shelf import Shelf
from com1d.bootlog.window import Window
from com1d.core.store.marks import Mark


BANNER = b"\x1bc\x1b[?7l\x1b[2J\x1b[0mSeaBIOS (version 1.16.2-debian-1.16.2-1)\r\n"
LIMITS = (64 << 10, 96 << 10, 256 << 10)
"""Small logs, so that a few prints fill them."""

ALWAYS_KEPT = 4096
"""Of the newest bytes, by a log that is large enough for the blocks that short segments cost."""

Ranges = list[tuple[int, int]]


def without(ranges: Ranges, holes: Ranges) -> Ranges:
    """Give what is left of `ranges` outside of `holes`."""
    for start, stop in holes:
        cut = []
        for a, b in ranges:
            cut += [(a, min(b, start)), (max(a, stop), b)]
        ranges = [(a, b) for a, b in cut if a < b]
    return ranges


def newest(ranges: Ranges, count: int) -> Ranges:
    """Give the last `count` bytes of `ranges`."""
    found = []
    for start, stop in reversed(ranges):
        found.append((max(start, stop - count), stop))
        count -= found[-1][1] - found[-1][0]
    return [(a, b) for a, b in found if a < b]


class ShelfMachine(RuleBasedStateMachine):
    """Drives one shelf, and remembers all that it was given."""

    key: bytes | None = None

    def __init__(self) -> None:
        super().__init__()
        self.place = Path(tempfile.mkdtemp(dir="/dev/shm")) / "web01"
        self.keyring = Keyring(self.key)
        self.files = BrokenFiles()
        self.stream = bytearray()
        """What was printed, by offset; anything where it was lost before it came to the shelf."""
        self.printed: Ranges = []
        self.torn: Ranges = []
        """What a power failure may have damaged on the disk."""
        self.sure = 0
        """Up to here everything is on the disk, unless it was damaged or made room."""
        self.now = 1_700_000_000.0
        self.steps_back = 0
        self.notes: list[Mark] = []
        self.boots: list[int] = []
        """Where the guest began anew, if the shelf could write that down."""
        self.sure_boots: list[int] = []
        self.shelf = self.new_shelf()

    def new_shelf(self) -> Shelf:
        return Shelf(self.place, self.keyring, self.files, self.finish)

    def finish(self, fds: tuple[int, ...]) -> None:
        for fd in fds:
            self.files.close(fd)

    @property
    def end(self) -> int:
        return len(self.stream)

    @initialize(limit=st.sampled_from(LIMITS))
    def choose_limit(self, limit: int) -> None:
        self.shelf.limit = limit

    def teardown(self) -> None:
        self.files.end_process()
        shutil.rmtree(self.place.parent)

    # -- what happens -------------------------------------------------------------------------

    def give(self, data: bytes, *marks: Mark) -> None:
        """Let the guest print, and the shelf write as far as the disk lets it."""
        self.now += 0.15
        batch = Batch(self.end, data, self.now, marks)
        if data:
            self.printed.append((self.end, self.end + len(data)))
        self.stream += data
        self.shelf.put(batch)
        with suppress(OSError):
            self.shelf.flush()
            self.sure, self.sure_boots = self.end, self.boots
        assert not data or self.end == self.shelf.taken

    @rule(length=st.integers(1, 30_000), seed=st.integers(0, 99))
    def print_text(self, length: int, seed: int) -> None:
        self.give(random.Random(seed).randbytes(length))

    @rule(length=st.integers(0, 3000))
    def boot(self, length: int) -> None:
        self.boots = [*self.boots, self.end]
        self.give(BANNER + b"." * length)

    @rule()
    def reset(self) -> None:
        self.boots = [*self.boots, self.end]
        self.give(b"", Mark(self.end, self.now, "boot", {"cause": "reset"}))

    @rule(length=st.integers(0, 500))
    def note(self, length: int) -> None:
        self.notes.append(Mark(self.end, self.now, "session", {"user": "u" * length}))
        self.give(b"", self.notes[-1])

    @rule(missed=st.integers(1, 100_000))
    def miss(self, missed: int) -> None:
        """Print what is lost before it comes to the shelf, and then what is not."""
        self.stream += bytes(missed)
        self.give(b"after the gap")

    @precondition(lambda self: self.steps_back < 3)
    @rule(seconds=st.floats(0, 3600))
    def set_clock_back(self, seconds: float) -> None:
        self.now -= seconds
        self.steps_back += 1

    @rule(units=st.integers(0, 40_000))
    def disk_fills(self, units: int) -> None:
        self.files.break_after(units, crash=False)

    @rule()
    def disk_has_room(self) -> None:
        self.files.mend()
        self.shelf.flush()
        self.sure = self.end

    @rule(units=st.integers(0, 40_000), length=st.integers(1, 30_000))
    def killed_while_it_writes(self, units: int, length: int) -> None:
        self.files.break_after(units, crash=True)
        with suppress(Crash):
            self.give(b"k" * length)
        self.start_again()

    @rule(units=st.integers(0, 500))
    def killed_while_it_stops(self, units: int) -> None:
        self.files.break_after(units, crash=True)
        with suppress(Crash):
            self.shelf.close()
        self.start_again()

    @rule()
    def restarts(self) -> None:
        self.shelf.close()
        self.start_again()

    @precondition(lambda self: any(self.place.glob("*.raw")))
    @rule(bytes_=st.integers(1, 20_000), zeros=st.booleans())
    def power_fails(self, bytes_: int, zeros: bool) -> None:
        """Lose the last bytes of the file: it is shorter, or zeros are there."""
        raw = max(self.place.glob("*.raw"))
        size = raw.stat().st_size
        os.truncate(raw, max(0, size - bytes_))
        if zeros:
            os.truncate(raw, size)
        sure = self.sure
        for begin, stop in reversed(without(self.printed, [(self.sure, 1 << 60)])):
            sure = begin
            bytes_ -= stop - begin
            if bytes_ <= 0:
                break
        self.torn.append((sure, self.end))
        whole = without(self.printed, self.torn)
        self.sure = max((stop for _, stop in whole if stop <= sure), default=0)
        self.start_again()

    def start_again(self) -> None:
        """Forget all but the disk, and agree with it about what was lost."""
        limit = self.shelf.limit
        self.files.end_process()
        self.files.mend()
        self.shelf = self.new_shelf()
        self.shelf.limit = limit
        if self.place.exists():
            self.shelf.load()
        end = self.shelf.end
        assert self.sure <= end <= self.end
        del self.stream[end:]
        self.printed = without(self.printed, [(end, end + (1 << 40))])
        known = {boot.offset for boot in self.shelf.known.boots}
        self.boots = [o for o in self.boots if o < end or o in known]
        self.sure_boots = [o for o in self.sure_boots if o < end]
        self.sure = end

    # -- what must hold -----------------------------------------------------------------------

    @invariant()
    def what_is_read_was_printed(self) -> None:
        there: Ranges = []
        for piece in self.pieces():
            assert piece.offset >= (there[-1][1] if there else 0)
            assert piece.data == self.stream[piece.offset : piece.end]
            there.append((piece.offset, piece.end))
        assert [] == without(there, self.printed)
        written = without(self.printed, [(self.shelf.end, 1 << 60)])
        missing = without(written, there)
        assert [] == without(without(missing, self.deleted()), self.torn)
        if self.shelf.limit == LIMITS[-1]:
            assert [] == without(without(newest(written, ALWAYS_KEPT), there), self.torn)

    def pieces(self) -> list[Piece]:
        window = Window(self.place, self.keyring)
        start, found = 0, []
        while start < self.shelf.end:
            step = window.step(start, self.shelf.end, timed=False)
            assert not step.damaged or self.torn
            assert step.next > start
            found += step.pieces
            start = step.next
        return found

    def deleted(self) -> Ranges:
        """Give where the segments were that made room, as far as they reached."""
        bases = {int(path.stem) for path in self.place.glob("*.idx")}
        edges = sorted(bases | self.files.removed | {self.shelf.end})
        return [(a, b) for a, b in pairwise(edges) if a not in bases]

    @invariant()
    def it_keeps_to_its_size(self) -> None:
        assert sum(path.stat().st_blocks for path in self.place.glob("*")) * 512 <= self.shelf.limit

    @invariant()
    def boots_are_where_they_began(self) -> None:
        known = [boot.offset for boot in self.shelf.known.boots]
        assert known == sorted(known)
        assert set(known) <= set(self.boots)
        assert bool(known) >= any(offset < self.shelf.end for offset in self.sure_boots)

    @invariant()
    def notes_are_what_was_noted(self) -> None:
        window = Window(self.place, self.keyring)
        start, found = 0, []
        while start <= self.shelf.end:
            marks, start = window.marks(start, self.shelf.end + 1)
            found += marks
        assert all(mark in self.notes for mark in found)


class EncryptedShelfMachine(ShelfMachine):
    key = bytes(range(32))


@pytest.mark.parametrize("machine", [ShelfMachine, EncryptedShelfMachine])
def test_a_shelf_agrees_with_the_model(machine: type[ShelfMachine]):
    """Whatever happens, plain or encrypted, the shelf and the model tell the same."""
    limits = settings(
        max_examples=120, stateful_step_count=25, phases=(Phase.generate, Phase.reuse)
    )
    run_state_machine_as_test(machine, settings=limits)

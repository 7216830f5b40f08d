"""One console's files: what is kept, what is moved aside, what a reader finds."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootlog.household import BANNER
from com1d.bootlog.files import Files
from com1d.bootlog.messages import Batch
from com1d.bootlog.sealing import Keyring
from com1d.bootlog.shelf import Shelf
from com1d.bootlog.window import Window
from com1d.core.store.layout import file_name
from com1d.core.store.records import HEADER_BYTES
from com1d.telemetry.facts import LogSetAside


LOG_SIZE = 1 << 20


class Shelves:
    """Makes shelves in one folder, and closes the last one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.now = 1_700_000_000.0
        self.shelf = self.new()

    def new(self) -> Shelf:
        def close(fds: tuple[int, ...]) -> None:
            for fd in fds:
                os.close(fd)

        shelf = Shelf(self.folder, Keyring(), Files(), close)
        shelf.limit = LOG_SIZE
        return shelf

    def restart(self):
        self.shelf.close()
        self.shelf = self.new()
        return self.shelf.load()

    def print(self, data: bytes) -> None:
        self.now += 1
        for start in range(0, len(data), 65536):
            part = data[start : start + 65536]
            self.shelf.put(Batch(self.shelf.taken, part, self.now))
        self.shelf.flush()

    def read(self) -> bytes:
        window, start, text = Window(self.folder, Keyring()), 0, b""
        while start < self.shelf.end:
            step = window.step(start, self.shelf.end, timed=False)
            text += b"".join(piece.data for piece in step.pieces)
            start = step.next
        return text

    def names(self) -> list[str]:
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def shelves(tmp_path: Path) -> Iterator[Shelves]:
    shelves = Shelves(tmp_path / "web01")
    yield shelves
    shelves.shelf.close()


def test_a_panic_loop_does_not_erase_the_boot(shelves: Shelves):
    """However long a guest repeats its last words, its first 256 KiB are there."""
    boot = BANNER + bytes(range(256)) * 1024
    shelves.print(boot)
    for _ in range(100):
        shelves.print(b"Kernel panic - not syncing\r\n" * 2000)
    kept = shelves.read()

    assert kept.startswith(boot[: 256 << 10])
    assert kept.endswith(b"Kernel panic - not syncing\r\n" * 2000)
    assert shelves.shelf.weight <= LOG_SIZE
    assert [0] == [boot.offset for boot in shelves.shelf.known.boots]


def test_boots_are_known_after_their_segments_are_gone_from_memory(shelves: Shelves):
    """A restart finds all boots of which something is kept, however many segments ago."""
    for _ in range(5):
        shelves.print(BANNER + b"." * 100_000)
    before = shelves.shelf.known.boots
    shelves.restart()

    assert 5 == len(before)
    assert before == shelves.shelf.known.boots
    assert [n * (len(BANNER) + 100_000) for n in range(5)] == [boot.offset for boot in before]


def test_a_clock_that_was_set_back(shelves: Shelves):
    """What was printed before counts as older, whatever the clock showed then."""
    shelves.print(b"before")
    shelves.now -= 3600
    shelves.print(b"after")
    window = Window(shelves.folder, Keyring())

    assert 6 == window.offset_at(shelves.now)
    assert 6 == window.offset_at(shelves.now - 60)
    assert window.offset_at(shelves.now + 60) is None
    assert 2 == len(window.bases())


def test_a_log_of_another_version_is_moved_aside(shelves: Shelves):
    """The log is kept for the com1d that wrote it, and a new one begins."""
    shelves.print(b"by a later com1d")
    index = shelves.folder / file_name(0, "idx")
    index.write_bytes(index.read_bytes().replace(b"com1dlog\x01", b"com1dlog\x03"))
    told = shelves.restart()
    shelves.print(b"new")

    aside = shelves.folder.with_name("web01~1")
    reason = "its format is version 3, this is 2"
    assert [LogSetAside("web01", str(aside), reason)] == told
    assert b"by a later com1d" == (aside / file_name(0, "raw")).read_bytes()
    assert b"new" == shelves.read()


def test_logs_moved_aside_do_not_replace_each_other(shelves: Shelves):
    """A second one gets a number of its own."""
    for _ in range(2):
        shelves.print(b"text")
        index = shelves.folder / file_name(0, "idx")
        index.write_bytes(index.read_bytes().replace(b"com1dlog\x01", b"com1dlog\x03"))
        shelves.restart()

    assert ["web01~1", "web01~2"] == sorted(path.name for path in shelves.folder.parent.iterdir())


@pytest.mark.parametrize("damage", ["zeros", "gone"])
def test_a_damaged_segment_is_moved_aside(shelves: Shelves, damage: str):
    """What cannot be understood is kept, offsets go on behind it, and the rest can be read."""
    shelves.print(b"a" * 70_000)
    shelves.print(b"b" * 1000)
    last = max(Window(shelves.folder, Keyring()).bases())
    index = shelves.folder / file_name(last, "idx")
    if damage == "zeros":
        index.write_bytes(bytes(index.stat().st_size))
    else:
        index.unlink()
    told = shelves.restart()
    shelves.print(b"new")

    assert last > 0
    assert isinstance(told[0], LogSetAside)
    assert file_name(last, "raw") + "~" in shelves.names()
    assert 71_003 == shelves.shelf.end
    assert b"a" * last + b"new" == shelves.read()


def test_remains_of_a_crash_are_swept_up(shelves: Shelves):
    """A segment that was being made, or deleted, leaves nothing behind."""
    shelves.print(b"text")
    (shelves.folder / file_name(4, "raw")).touch()
    (shelves.folder / file_name(4, "idx")).write_bytes(bytes(HEADER_BYTES - 1))
    (shelves.folder / file_name(9, "marks")).touch()
    shelves.restart()

    assert [file_name(0, kind) for kind in ("idx", "marks", "raw")] == shelves.names()


def test_a_damaged_record_costs_its_own_bytes(shelves: Shelves):
    """A reader finds its way around a part of the index that cannot be read."""
    for number in range(9):
        shelves.print(b"%d" % number)
    index = shelves.folder / file_name(0, "idx")
    data = bytearray(index.read_bytes())
    size = (len(data) - HEADER_BYTES) // 9
    data[HEADER_BYTES + 4 * size] ^= 1
    index.write_bytes(data)
    window = Window(shelves.folder, Keyring())

    step = window.step(0, 9, timed=False)
    assert [(0, b"0123"), (5, b"5678")] == [(p.offset, p.data) for p in step.pieces]
    assert (9, 1) == (step.next, step.damaged)
    assert 7 == window.offset_at(1_700_000_008.0)
    assert b"78" == b"".join(p.data for p in window.step(7, 9, timed=False).pieces)


def test_strange_files_are_left_alone(shelves: Shelves):
    """What an operator put there is neither read nor deleted."""
    shelves.print(b"text")
    (shelves.folder / "notes.txt").write_text("mine")
    shelves.restart()

    assert b"text" == shelves.read()
    assert "notes.txt" in shelves.names()


def test_a_smaller_size_is_kept_to_at_once(shelves: Shelves):
    """With the next byte, a log that may take less gives up its oldest segments."""
    shelves.print(b"x" * 900_000)
    shelves.shelf.limit = 128 << 10
    shelves.print(b"y")

    assert shelves.shelf.weight <= 128 << 10
    assert shelves.read().endswith(b"y")


def test_a_link_in_place_of_a_file_is_not_followed(shelves: Shelves, tmp_path: Path):
    """Somebody who may write there cannot make the log write elsewhere."""
    (tmp_path / "precious").write_text("precious")
    shelves.folder.mkdir()
    (shelves.folder / file_name(0, "raw")).symlink_to(tmp_path / "precious")

    shelves.print(b"text")

    assert "precious" == (tmp_path / "precious").read_text()
    assert b"text" == shelves.read()


def test_what_could_not_be_read_is_not_overwritten(tmp_path: Path):
    """A log that was out of reach at the start is moved aside when it is back, and that is told."""
    first = Shelf(tmp_path / "web01", Keyring(), Files(), lambda _: None)
    first.limit = 1 << 20
    first.put(Batch(0, b"precious", 1.0))
    first.flush()
    first.close()
    blind = Shelf(tmp_path / "web01", Keyring(), Files(), lambda _: None)
    blind.limit = 1 << 20
    blind.put(Batch(0, b"new", 2.0))
    blind.flush()
    blind.close()

    [fact] = blind.told
    assert isinstance(fact, LogSetAside)
    assert f"{tmp_path}/web01~1" == fact.path
    assert b"precious" == next((tmp_path / "web01~1").glob("*.raw")).read_bytes()
    assert b"new" == next((tmp_path / "web01").glob("*.raw")).read_bytes()

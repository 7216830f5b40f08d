"""All logs of the host: their quota, their directory, and what becomes of old ones."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from com1d.bootlog import archive as archives
from com1d.bootlog.archive import Archive
from com1d.bootlog.files import Files
from com1d.bootlog.messages import Batch
from com1d.bootlog.sealing import Keyring
from com1d.core.store.retention import FLOOR_BYTES
from com1d.telemetry.facts import LogFailed


LOG_SIZE = 1 << 20


def close_all(fds: tuple[int, ...]) -> None:
    for fd in fds:
        os.close(fd)


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    archive = Archive(tmp_path / "log", Keyring(), Files(), close_all)
    archive.load()
    yield archive
    archive.close()


def write(archive: Archive, name: str, size: int, at: float) -> None:
    archive.shelf(name).limit = LOG_SIZE
    for _ in range(size // 32768):
        archive.put(name, Batch(archive.shelf(name).end, b"x" * 32768, at))
    [state] = archive.flush([name])
    assert "" == state.error


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def weight(folder: Path) -> int:
    return sum(path.stat().st_blocks * 512 for path in folder.rglob("*") if path.is_file())


def test_the_quota_of_the_host(archive: Archive):
    """The oldest goes first, of whichever console; each keeps a boot's worth; `du` agrees."""
    archive.total = 2 << 20
    write(archive, "old", LOG_SIZE, at=1.0)
    write(archive, "middle", LOG_SIZE, at=2.0)
    write(archive, "new", LOG_SIZE, at=3.0)

    weights = {name: weight(archive.folder / name) for name in ("old", "middle", "new")}
    assert sum(weights.values()) <= archive.total
    assert FLOOR_BYTES <= weights["old"] < weights["middle"] <= weights["new"]
    assert weights == {name: shelf.weight for name, shelf in archive.shelves.items()}


def test_the_floor_is_above_the_quota(archive: Archive):
    """A quota too small for all consoles leaves each its floor."""
    archive.total = 1
    for name in ("one", "two", "three"):
        write(archive, name, LOG_SIZE, at=1.0)

    assert all(shelf.weight >= FLOOR_BYTES for shelf in archive.shelves.values())
    assert all(shelf.weight < FLOOR_BYTES + LOG_SIZE // 8 for shelf in archive.shelves.values())


def test_a_log_outlives_its_configuration_for_a_while(archive: Archive):
    """Counted from when the console was first seen to be gone; one that comes back keeps it."""
    for name in ("web01", "web02", "web03"):
        write(archive, name, 32768, at=1.0)
    archive.tidy({"web01"}, seen=1000.0, keep=500.0)
    archive.tidy({"web01", "web03"}, seen=400.0, keep=500.0)
    archive.tidy({"web01"}, seen=101.0, keep=500.0)

    left = sorted(path.name for path in archive.folder.iterdir() if path.is_dir())
    assert ["web01", "web03"] == left
    assert left == sorted(archive.shelves)


@pytest.mark.parametrize("note", ["", "1e", "         400"])
def test_absence_is_what_was_seen_and_not_what_a_clock_says(archive: Archive, note: str):
    """A note that says nothing, or is cut short, begins anew; its date is nothing."""
    write(archive, "web01", 32768, at=1.0)
    path = archive.folder / "web01" / archives.UNCONFIGURED
    path.write_text(note)
    os.utime(path, (0, 0))
    archive.tidy(set(), seen=100.0, keep=500.0)
    kept = (archive.folder / "web01").is_dir()
    archive.tidy(set(), seen=1.0, keep=500.0)

    assert kept
    assert ("400" in note) is not (archive.folder / "web01").is_dir()


def test_what_was_moved_aside_is_never_deleted(archive: Archive):
    """A directory with something of another kind stays, with that."""
    write(archive, "web01", 32768, at=1.0)
    (archive.folder / "web01" / "00000000000000000000.raw~").write_text("evidence")
    archive.tidy(set(), seen=0.0, keep=500.0)
    archive.tidy(set(), seen=501.0, keep=500.0)

    assert ["00000000000000000000.raw~"] == [
        path.name for path in (archive.folder / "web01").iterdir()
    ]


def test_many_logs_have_few_open_files(archive: Archive, monkeypatch: pytest.MonkeyPatch):
    """Beyond a bound, the log that was written longest ago closes its files, and loses nothing."""
    monkeypatch.setattr(archives, "OPEN_SHELVES", 3)
    before = open_files()
    for _ in range(3):
        for number in range(10):
            write(archive, f"web{number}", 32768, at=1.0)

    assert open_files() <= before + 3 * 2
    assert {3 * 32768} == {shelf.end for shelf in archive.shelves.values()}


def test_an_error_stops_a_console_for_its_round_only(archive: Archive):
    """The others are written, and the state says why one is not and how much it holds."""
    (archive.folder / "web01").write_text("in the way")
    for name in ("web01", "web02"):
        archive.shelf(name).limit = LOG_SIZE
        archive.put(name, Batch(0, b"one", 1.0))
        archive.put(name, Batch(3, b"two", 1.0))
    first, second = archive.flush(["web01", "web02"])

    assert ("File exists", 0, 6, 6) == (first.error, first.end, first.taken, first.backlog)
    assert ("", 6, 6, 0) == (second.error, second.end, second.taken, second.backlog)
    (archive.folder / "web01").unlink()
    [state] = archive.flush(["web01"])
    assert ("", 6, 0) == (state.error, state.end, state.backlog)


def test_boots_are_said_when_they_change(archive: Archive):
    """A state that knows nothing means that they are as they were."""
    archive.shelf("web01").limit = LOG_SIZE
    archive.put("web01", Batch(0, b"SeaBIOS (version 1)", 1.0))

    assert [0] == [boot.offset for boot in archive.flush(["web01"])[0].known.boots]
    archive.put("web01", Batch(19, b"more", 2.0))
    assert archive.flush(["web01"])[0].known is None


def test_a_directory_that_cannot_be_read(tmp_path: Path):
    """It is told, and is no reason not to start."""
    (tmp_path / "log").write_text("in the way")
    archive = Archive(tmp_path / "log", Keyring(), Files(), close_all)

    [fact] = archive.load()

    assert LogFailed("*", 1, str(tmp_path / "log"), "File exists") == fact

"""Real faults: disks that fill, that turn read-only, that hang, and kill -9 in the middle of it."""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import pairwise
from pathlib import Path

import pytest

from bootlog import printing, slow_scribe, stuck_scribe
from bootlog.household import LOG_SIZE, Household, everything, living
from com1d.bootlog import library
from com1d.telemetry.facts import LogFailed, LogGap, LogResumed


KILLS = 40
"""Half a second each; two hundred of them were run by hand."""


@contextmanager
def mounted(*options: str) -> Iterator[None]:
    """Mount something as long as the block lasts."""
    subprocess.run(["mount", *options], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", options[-1]], check=True)


def remount(path: Path, mode: str) -> None:
    """Let a directory that is mounted on itself be written, or not."""
    subprocess.run(["mount", "-o", f"remount,bind,{mode}", str(path)], check=True)


def fill(path: Path) -> None:
    """Take all the room that is left on a disk."""
    with path.open("wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while file.write(bytes(size)):
                    pass
            except OSError:
                pass


async def check_gaps(house: Household, name: str, text: bytes) -> int:
    """Check that what is kept is right, and that exactly the gaps are missing; give their bytes."""
    past = house.library.past(name)
    pieces = [piece async for piece in past.read(0)]
    gaps = [mark for mark in await past.marks() if mark.kind == "gap"]
    holes = [(a.end, b.offset) for a, b in pairwise(pieces) if a.end < b.offset]

    assert all(text[piece.offset : piece.end] == piece.data for piece in pieces)
    assert holes == [(gap.offset, gap.offset + gap.facts["bytes"]) for gap in gaps]
    assert 0 == pieces[0].offset
    assert len(text) == pieces[-1].end
    assert all(gap.facts["since"] <= gap.at for gap in gaps)
    return sum(stop - start for start, stop in holes)


async def test_a_disk_that_fills_and_empties(tmp_path: Path):
    """Logging resumes by itself; what no longer fit into memory is a gap; each is told once."""
    disk = tmp_path / "disk"
    disk.mkdir()
    text = random.Random(1).randbytes(4 << 20)
    with mounted("-t", "tmpfs", "-o", "size=16m", "com1d-test", str(disk)):
        async with living(disk / "log") as house:
            console = house.console("web01", size=8 << 20)
            console.print(text[:1000])
            await house.library.settle()
            fill(disk / "ballast")
            for start in range(1000, len(text) - 1000, 65536):
                console.print(text[start : min(start + 65536, len(text) - 1000)])
            await house.until(lambda: house.tells(LogFailed))
            (disk / "ballast").unlink()
            await house.until(lambda: house.tells(LogResumed))
            console.print(text[-1000:])
            await house.until(lambda: console.store.past.end == len(text))
            missed = await check_gaps(house, "web01", text)

            path, why = str(disk / "log" / "web01"), "No space left on device"
            assert [LogFailed("web01", 1, path, why)] == house.tells(LogFailed)
            assert [LogResumed("web01", 1)] == house.tells(LogResumed)
            assert 0 < missed == console.store.account.missed == house.tells(LogGap)[0].bytes
            assert not console.store.failing


async def test_a_short_trouble_misses_nothing(tmp_path: Path):
    """What fits into memory while the disk is full is all there in the end, of all consoles."""
    disk = tmp_path / "disk"
    disk.mkdir()
    text = random.Random(2).randbytes(100_000)
    with mounted("-t", "tmpfs", "-o", "size=16m", "com1d-test", str(disk)):
        async with living(disk / "log") as house:
            fill(disk / "ballast")
            consoles = [house.console(f"web{number:02}") for number in range(20)]
            for console in consoles:
                console.print(text[:60_000])
            await house.until(lambda: all(console.store.failing for console in consoles))
            for console in consoles:
                console.print(text[60_000:])
            (disk / "ballast").unlink()
            await house.until(lambda: all(c.store.past.end == len(text) for c in consoles))

            assert [text] * 20 == [await everything(console) for console in consoles]
            assert [] == house.tells(LogGap)
            assert 20 == sum(fact.consoles for fact in house.tells(LogFailed))
            assert 20 == sum(fact.consoles for fact in house.tells(LogResumed))


async def test_a_directory_that_turns_read_only_and_back(tmp_path: Path):
    """What is open is written on; what cannot be opened waits, and nothing of it is missing."""
    text = random.Random(3).randbytes(300_000)
    async with living(tmp_path) as house:
        console = house.console("web01")
        console.print(text[:1000])
        await house.library.settle()
        with mounted("--bind", str(tmp_path), str(tmp_path)):
            remount(tmp_path, "ro")
            for start in range(1000, len(text), 50_000):
                console.print(text[start : start + 50_000])
            await house.until(lambda: house.tells(LogFailed))
            seen = console.store.past.end
        await house.until(lambda: console.store.past.end == len(text))

        assert 1000 < seen < len(text)
        assert text == await everything(console)
        path = str(tmp_path / "web01")
        assert [LogFailed("web01", 1, path, "Read-only file system")] == house.tells(LogFailed)
        assert [LogResumed("web01", 1)] == house.tells(LogResumed)


@pytest.mark.parametrize("inodes", [24, 60])
async def test_a_disk_without_inodes(tmp_path: Path, inodes: int):
    """There is room, but no file can be made: new consoles wait in memory, and resume."""
    disk = tmp_path / "disk"
    disk.mkdir()
    text = random.Random(4).randbytes(100_000)
    options = f"size=16m,nr_inodes={inodes}"
    with mounted("-t", "tmpfs", "-o", options, "com1d-test", str(disk)):
        async with living(disk / "log") as house:
            before = house.console("before")
            before.print(text[:1000])
            await house.library.settle()
            made = [disk / f"file{number}" for number in range(2 * inodes)]
            with suppress(OSError):
                for path in made:
                    path.touch()
            new = house.console("new")
            for console in (before, new):
                console.print(text[1000:] if console is before else text)
            await house.until(lambda: house.tells(LogFailed))
            await house.until(lambda: new.store.failing)
            for path in made:
                path.unlink(missing_ok=True)
            await house.until(lambda: new.store.past.end == before.store.past.end == len(text))

            assert [text] * 2 == [await everything(console) for console in (before, new)]
            assert [] == house.tells(LogGap)


async def test_a_start_on_a_read_only_disk(tmp_path: Path):
    """The past can be read, the daemon runs, and logging begins when the disk lets it."""
    async with living(tmp_path) as house:
        house.console("web01").print(b"before ")
    with mounted("--bind", str(tmp_path), str(tmp_path)):
        remount(tmp_path, "ro")
        async with living(tmp_path) as house:
            console = house.console("web01")
            console.print(b"and after")
            await house.until(lambda: house.tells(LogFailed))
            assert b"before " == await everything(console)

            remount(tmp_path, "rw")
            await house.until(lambda: house.tells(LogResumed))
            assert b"before and after" == await everything(console)


async def test_a_log_directory_that_cannot_be_made(tmp_path: Path):
    """The daemon starts, says what is wrong, and logs when the way is free."""
    (tmp_path / "log").write_text("a file is in the way")
    async with living(tmp_path / "log") as house:
        [fact] = house.tells(LogFailed)
        assert (str(tmp_path / "log"), "File exists") == (fact.path, fact.reason)
        console = house.console("web01")
        console.print(b"hello")
        await house.until(lambda: console.store.failing)
        (tmp_path / "log").unlink()
        await house.until(lambda: house.tells(LogResumed))

        assert b"hello" == await everything(console)


async def test_a_daemon_that_stops_while_the_disk_is_full(tmp_path: Path):
    """It stops in time, says how much is lost, and offsets go on behind what is on the disk."""
    disk = tmp_path / "disk"
    disk.mkdir()
    with mounted("-t", "tmpfs", "-o", "size=4m", "com1d-test", str(disk)):
        async with living(disk / "log") as house:
            console = house.console("web01")
            console.print(b"x" * 4096)
            await house.library.settle()
            fill(disk / "ballast")
            console.print(b"y" * 9000)
        assert [9000] == [fact.bytes for fact in house.tells(LogGap)]
        async with living(disk / "log") as house:
            assert b"x" * 4096 == await everything(house.console("web01"))
            assert 4096 == house.console("web01").store.end


async def test_a_sync_that_does_not_return(tmp_path: Path):
    """Everything is written while the disk syncs, and the daemon stops without waiting for it."""
    command = [sys.executable, stuck_scribe.__file__, str(tmp_path)]
    text = random.Random(4).randbytes(400_000)
    async with living(tmp_path / "log", command=command) as house:
        console = house.console("web01", size=2 << 20)
        for start in range(0, len(text), 50_000):
            console.print(text[start : start + 50_000])
            await house.library.settle()
        await house.until(lambda: console.store.past.end == len(text))

        assert (tmp_path / "syncing").exists()
        assert text == await everything(console)
        assert [] == house.told


@pytest.mark.slow
async def test_a_slow_disk_takes_everything_at_a_stop(tmp_path: Path, monkeypatch):
    """The daemon goes on as long as the disk takes something, and nothing is lost."""
    monkeypatch.setattr(library, "CLOSE_SECONDS", 3.0)  # a few times what a hundred logs take
    command = [sys.executable, slow_scribe.__file__]
    async with living(tmp_path, command=command) as house:
        consoles = [house.console(f"web{number:03}", size=64 << 10) for number in range(800)]
        await house.library.settle()
        begun = time.monotonic()
        for console in consoles:
            console.print(b"the last words")
    assert time.monotonic() - begun > 3.0
    assert [] == house.told
    async with living(tmp_path) as house:
        for console in consoles:
            assert len(b"the last words") == house.library.store(console.store.name, 64 << 10).end


async def test_deleted_files_are_begun_anew(tmp_path: Path):
    """An operator who deletes a log gets a new one, without a restart."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        console.print(b"x" * (LOG_SIZE // 16))
        await house.library.settle()
        shutil.rmtree(tmp_path / "web01")
        console.print(b"new")
        await house.until(lambda: console.store.past.end == console.ring.end)

        assert b"new" == await everything(console)
        assert [] == house.told


def kill_while_it_prints(folder: Path, lines: int) -> int:
    """Start a daemon, kill it some rounds later, and give what it knew to be on the disk."""
    command = [sys.executable, printing.__file__, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        told = [process.stdout.readline() for _ in range(lines)]
        os.kill(process.pid, signal.SIGKILL)
        told += process.stdout.read().splitlines(keepends=True)
    return int([line for line in told if line.endswith(b"\n")][-1])


async def killed_under_load(folder: Path, kills: int) -> None:
    """Kill a daemon that logs, again and again; what it knew to be on the disk must be there."""
    for number in range(kills):
        sure = kill_while_it_prints(folder, 1 + number % 5)
        async with living(folder) as house:
            past = house.library.past("web01")
            pieces = [piece async for piece in past.read(0)]

            assert past.end >= sure
            assert all(printing.text_at(p.offset, len(p.data)) == p.data for p in pieces)
            assert all(a.end == b.offset for a, b in pairwise(pieces))
            assert not house.tells(LogFailed)


@pytest.mark.one_loop
async def test_a_daemon_that_is_killed_under_load(tmp_path: Path):
    """What was written is there, what is there is right, and offsets go on without a hole."""
    await killed_under_load(tmp_path, KILLS)

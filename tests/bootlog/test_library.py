"""The library with its real process, on a real disk: what is printed is kept, and can be asked."""

import asyncio
import os
import random
import signal
from itertools import pairwise
from pathlib import Path

import pytest

from bootlog.household import LOG_SIZE, PATIENCE, Console, everything, living
from com1d.bootlog import library as libraries
from com1d.bootlog import scribe
from com1d.bootlog.library import Library
from com1d.bootlog.sealing import Keyring
from com1d.core.stream.ring import Ring
from com1d.errors import Com1Error
from com1d.telemetry.facts import LogFailed, LogGap, LogRecovered, LogResumed


async def test_what_is_printed_is_kept(tmp_path: Path):
    """Bytes are in the raw files as the guest sent them, for the daemon and its group only."""
    async with living(tmp_path / "log") as house:
        console = house.console("web01")
        console.print(b"\x1b[2Jhello\r\n")
        console.print(b"\xff\x00")

        assert b"\x1b[2Jhello\r\n\xff\x00" == await everything(console)
    raw = next((tmp_path / "log" / "web01").glob("*.raw"))
    assert b"\x1b[2Jhello\r\n\xff\x00" == raw.read_bytes()
    assert 0o640 == raw.stat().st_mode & 0o777
    assert 0o750 == raw.parent.stat().st_mode & 0o777
    assert 0o750 == raw.parent.parent.stat().st_mode & 0o777


async def test_it_is_written_without_being_asked_for(tmp_path: Path):
    """Nobody reads, nothing is closed, and the bytes come to the disk."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        console.print(b"hello")

        await house.until(lambda: console.store.past.end == 5)


async def test_offsets_go_on_after_a_restart(tmp_path: Path):
    """A new daemon's ring begins where the log ends, and what was before can be read."""
    async with living(tmp_path) as house:
        house.console("web01").print(b"before ")
    async with living(tmp_path) as house:
        console = house.console("web01")
        assert 7 == console.store.end
        console.print(b"after")

        assert b"before after" == await everything(console)
        assert [] == house.told


async def test_a_reload_goes_on_with_the_same_log(tmp_path: Path):
    """A console that is built anew goes on in the same store, perhaps with another size."""
    async with living(tmp_path) as house:
        first = house.console("web01")
        first.print(b"before ")
        first.store.detach()
        second = house.console("web01", size=2 * LOG_SIZE)
        second.print(b"after")

        assert first.store is second.store
        assert b"before after" == await everything(second)


async def test_a_ring_that_does_not_fit_is_refused(tmp_path: Path):
    """A ring that would give offsets a second time is a bug, and is named."""
    async with living(tmp_path) as house:
        store = house.library.store("web01", LOG_SIZE)
        Console(store).print(b"hello")

        with pytest.raises(ValueError, match="web01: the ring ends at 0, the log at 5"):
            store.attach(Ring(4096))


async def test_what_a_ring_already_holds_is_taken(tmp_path: Path):
    """A ring that was handed over is ahead of the log: what it has is taken, the rest is a gap."""
    async with living(tmp_path) as house:
        store = house.library.store("web01", LOG_SIZE)
        ring = Ring(8)
        ring.append(b"0123456789abcdef")
        store.attach(ring)
        await house.until(lambda: store.past.end == 16)
        [gap] = await store.past.marks()

        assert [(8, b"89abcdef")] == [(p.offset, p.data) async for p in store.past.read(0)]
        assert (0, "gap", 8) == (gap.offset, gap.kind, gap.facts["bytes"])
        assert 8 == store.account.missed


async def test_a_full_log_keeps_its_newest_bytes(tmp_path: Path):
    """However much is printed, the log stays within its size and ends with what came last."""
    async with living(tmp_path) as house:
        console = house.console("web01", size=256 << 10)
        for number in range(30):
            console.print(b"%07d\n" % number * 8192)
            await house.library.settle()
        kept = await everything(console)

        assert kept.endswith(b"%07d\n" % 29 * 8192)
        assert 128 << 10 < len(kept) < 256 << 10
        assert console.store.past.weight <= 256 << 10
        assert 30 * 65536 - len(kept) == console.store.past.oldest
        assert 0 == console.store.account.missed


async def test_a_flood_is_kept_in_bounded_memory(tmp_path: Path):
    """Of more than memory may hold at once, the log has a part, and exact gaps for the rest."""
    async with living(tmp_path) as house:
        console = house.console("web01", size=16 << 20)
        text = random.Random(7).randbytes(200 * 65536)
        for start in range(0, len(text), 65536):
            console.print(text[start : start + 65536])
        await house.until(lambda: console.store.past.end == console.ring.end)
        pieces = [piece async for piece in console.store.past.read(0)]
        gaps = [m for m in await console.store.past.marks() if m.kind == "gap"]
        kept = sum(len(piece.data) for piece in pieces)

        assert console.ring.end == kept + sum(gap.facts["bytes"] for gap in gaps)
        holes = [(a.end, b.offset) for a, b in pairwise(pieces) if a.end < b.offset]
        assert holes == [(gap.offset, gap.offset + gap.facts["bytes"]) for gap in gaps]
        assert all(text[piece.offset : piece.end] == piece.data for piece in pieces)
        assert console.store.account.missed == sum(gap.facts["bytes"] for gap in gaps) > 0
        [fact] = house.tells(LogGap)
        assert gaps[0].facts["bytes"] == fact.bytes


async def test_marks_wait_in_bounded_memory(tmp_path: Path):
    """Of more sessions than fit into a round, the newest are noted, and how many were not."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        for number in range(1000):
            console.store.mark("session", number=number)
        marks = await console.store.past.marks()

        assert [*range(744, 1000)] == [mark.facts["number"] for mark in marks]
        assert 744 == marks[-1].facts["marks_lost_before"]


async def test_a_released_console_keeps_its_log(tmp_path: Path):
    """What was printed last is written, the files are closed, and the past can still be asked."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        console.print(b"last words")
        console.store.detach()
        await house.library.release()
        past = house.library.past("web01")

        assert b"last words" == b"".join([piece.data async for piece in past.read(0)])
        assert 10 == house.library.store("web01", LOG_SIZE).end


async def test_everything_is_written_at_the_end(tmp_path: Path):
    """What was printed right before the daemon stops is there when it starts again."""
    async with living(tmp_path) as house:
        consoles = [house.console(f"web{number:02}") for number in range(50)]
        for console in consoles:
            console.print(b"last words of " + console.store.name.encode())
    async with living(tmp_path) as house:
        assert [] == house.told
        for console in consoles:
            past = house.library.past(console.store.name)
            text = b"last words of " + console.store.name.encode()
            assert text == b"".join([piece.data async for piece in past.read(0)])


async def test_two_daemons_do_not_write_into_one_directory(tmp_path: Path):
    """The second is told what is wrong and what to do."""
    async with living(tmp_path):
        second = Library(tmp_path, record=lambda _: None)

        with pytest.raises(Com1Error, match=r"another com1d keeps its logs in .*its own log_dir"):
            await second.open()


async def test_a_writing_process_that_dies_is_replaced(tmp_path: Path):
    """Logging goes on, and what the process had in memory is an exact gap, or was written."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        console.print(b"before ")
        await house.library.settle()
        os.kill(writing_process(), signal.SIGKILL)
        console.print(b"in between ")
        await house.until(lambda: house.tells(LogResumed))
        console.print(b"after")
        await house.until(lambda: console.store.past.end == 23)
        kept = await everything(console)
        marks = await console.store.past.marks()

        assert kept in (b"before in between after", b"before after")
        assert 23 - len(kept) == sum(mark.facts["bytes"] for mark in marks)
        [failed] = house.tells(LogFailed)
        assert "the process that writes the logs has ended" == failed.reason


def writing_process() -> int:
    """Give the pid of the one child of this process that writes logs."""
    threads = Path("/proc/self/task").iterdir()
    children = "".join((thread / "children").read_text() for thread in threads).split()
    writes = scribe.__name__.encode()
    [pid] = [each for each in children if writes in Path(f"/proc/{each}/cmdline").read_bytes()]
    return int(pid)


async def test_a_torn_end_is_told(tmp_path: Path):
    """What a crash cut off is cut from the log, and one line says how much it was."""
    async with living(tmp_path) as house:
        house.console("web01").print(b"whole")
    raw = next((tmp_path / "web01").glob("*.raw"))
    with raw.open("ab") as file:
        file.write(b"torn")
    async with living(tmp_path) as house:
        console = house.console("web01")
        console.print(b" again")

        assert [LogRecovered("web01", 4)] == house.told
        assert b"whole again" == await everything(console)
    assert b"whole again" == raw.read_bytes()


async def test_a_mistake_in_the_daemon_does_not_end_logging(tmp_path: Path):
    """What nobody can write down is lost and told; what follows is logged again."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        console.print(b"before ")
        await house.library.settle()
        console.store.mark("session", user=lambda: "nobody")
        await house.until(lambda: house.tells(LogResumed))
        console.print(b"after")

        assert b"before after" == await everything(console)
        [failed] = house.tells(LogFailed)
        assert " at messages.py:" in failed.reason  # the place, and nobody's words


async def test_common_memory_is_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where all consoles together hold too much, the ring has to do; all is given back."""
    monkeypatch.setattr(libraries, "COMMON_BYTES", 1 << 20)
    async with living(tmp_path) as house:
        consoles = [house.console(f"web{number}", size=8 << 20) for number in range(4)]
        for console in consoles:
            for _ in range(12):
                console.print(bytes(65536))
        await house.until(lambda: all(c.store.past.end == c.ring.end for c in consoles))

        assert [0, 1] == sorted({int(console.store.account.missed > 0) for console in consoles})
        await house.until(lambda: house.library.grant(1 << 20))


def children() -> set[str]:
    """Give the processes that this one has started."""
    lists = Path("/proc/self/task").glob("*/children")
    return {pid for each in lists for pid in each.read_text().split()}


@pytest.mark.parametrize("dies", [False, True])
async def test_the_process_that_was_prepared_is_the_one_that_writes(tmp_path: Path, dies):
    """It is there before anything is to be written; where it has died since, another one is."""
    others = children()
    library = Library(tmp_path, record=lambda _: None)
    await library.prepare()
    (prepared,) = children() - others
    if dies:
        os.kill(int(prepared), signal.SIGKILL)
    library.go_on(Keyring())
    console = Console(library.store("web01", LOG_SIZE))
    console.print(b"hello")
    async with asyncio.timeout(PATIENCE):
        while console.store.past.end < 5:
            await asyncio.sleep(0.01)
    writing = children() - others
    await library.close()

    assert dies == (prepared not in writing)
    assert 1 == len(writing)

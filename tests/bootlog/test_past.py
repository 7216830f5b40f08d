"""What a log keeps can be asked: by boot, by time, by line, by offset."""

import asyncio
from pathlib import Path

import pytest

from bootlog.household import BANNER, LOG_SIZE, PATIENCE, everything, living
from com1d.errors import NotFound
from com1d.telemetry.facts import LogDamaged


async def test_boots_are_found_and_addressed(tmp_path: Path):
    """Each boot begins at the firmware's first byte, and says why, before and after a restart."""
    now = 1_700_000_000.0
    async with living(tmp_path, clock=lambda: now) as house:
        console = house.console("web01")
        console.print(b"already running\r\n")
        console.print(BANNER + b"second life\r\nguest# ")
        await house.library.settle()
        now += 60
        console.store.mark("boot", cause="reset")
        console.print(BANNER + b"[    0.000000] Linux version 6.1\r\n")
        await house.library.settle()
        second, third = 17, 17 + len(BANNER) + 20
        expected = [(-2, 0, "unknown"), (-1, second, "firmware"), (0, third, "reset")]

        assert expected == [(b.boot, b.offset, b.cause) for b in console.store.past.boots()]
        ranges = [console.store.past.range_of_boot(n, 999) for n in (0, -1, -2)]
        assert [(third, 999), (second, third), (0, second)] == ranges
        with pytest.raises(NotFound, match="web01 has no boot -3 in its log, which knows boots -2"):
            console.store.past.range_of_boot(-3, 999)
    async with living(tmp_path) as house:
        past = house.library.past("web01")
        assert expected == [(b.boot, b.offset, b.cause) for b in past.boots()]


async def test_a_boot_without_a_sign_began_with_its_first_bytes(tmp_path: Path):
    """Not when it printed last, however long it runs; before and after a restart."""
    began = now = 1_700_000_000.0
    async with living(tmp_path, clock=lambda: now) as house:
        console = house.console("web01")
        for number in range(3):
            console.print(b"already running, line %d\r\n" % number)
            await house.library.settle()
            now += 3600
        [boot] = await console.store.past.dated_boots()
        assert (0, "unknown") == (boot.offset, boot.cause)
        assert abs(boot.started - began) < 1
    async with living(tmp_path) as house:
        [boot] = await house.library.past("web01").dated_boots()
        assert abs(boot.started - began) < 1


async def test_an_empty_log_has_no_boots(tmp_path: Path):
    """Of a console that never printed, boot 0 begins where it will."""
    async with living(tmp_path) as house:
        past = house.library.store("web01", LOG_SIZE).past

        assert [] == past.boots() == await past.dated_boots()
        assert (0, 9) == past.range_of_boot(0, 9)
        with pytest.raises(NotFound, match="which knows boot 0 only"):
            past.range_of_boot(-1, 9)
        assert [] == [piece async for piece in past.read(0)]
        assert 0 == await past.offset_at(0.0)


async def test_times_are_kept_beside_the_bytes(tmp_path: Path):
    """An offset is found by time, and with `timed` each piece has its own."""
    now = 1_700_000_000.0
    async with living(tmp_path, clock=lambda: now) as house:
        console = house.console("web01")
        for number in range(5):
            now += 60
            console.print(b"minute %d\n" % number)
            await house.library.settle()
        past = console.store.past

        assert 0 == await past.offset_at(1_700_000_000.0)
        assert 18 == await past.offset_at(1_700_000_000.0 + 150)
        assert 45 == await past.offset_at(1_700_000_000.0 + 301)
        pieces = [piece async for piece in past.read(4, 20, timed=True)]
        assert [b"te 0\n", b"minute 1\n", b"minute"] == [piece.data for piece in pieces]
        assert [60.0, 120.0, 180.0] == [piece.at - 1_700_000_000.0 for piece in pieces]
        [run] = [piece async for piece in past.read(4, 20)]
        assert (4, b"te 0\nminute 1\nminute") == (run.offset, run.data)
        assert 24 == run.end


async def test_marks_are_kept_beside_the_bytes(tmp_path: Path):
    """Sessions and NMI are read back with where and when they happened."""
    async with living(tmp_path, clock=lambda: 1_700_000_000.0) as house:
        console = house.console("web01")
        console.print(b"login: ")
        console.store.mark("session", event="began", user="ann")
        console.print(b"ann\r\n")
        console.store.mark("nmi", user="bob")
        marks = await console.store.past.marks()

        assert [(7, "session"), (12, "nmi")] == [(m.offset, m.kind) for m in marks]
        assert [{"event": "began", "user": "ann"}, {"user": "bob"}] == [m.facts for m in marks]
        assert [12] == [m.offset for m in await console.store.past.marks(8)]
        assert [7] == [m.offset for m in await console.store.past.marks(0, 12)]


async def test_damage_is_left_out_and_told(tmp_path: Path):
    """Bytes that are not what was written are not given out as if they were."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        for text in (b"one ", b"two ", b"three"):
            console.print(text)
            await house.library.settle()
        raw = next((tmp_path / "web01").glob("*.raw"))
        with raw.open("r+b") as file:
            file.seek(5)
            file.write(b"W")

        assert b"one three" == await everything(console)
        assert [LogDamaged("web01", 0, 4)] == house.told


async def test_reading_goes_on_while_it_is_written(tmp_path: Path):
    """A reader that is slow gets what is there when it comes to it, and no error."""
    async with living(tmp_path) as house:
        console = house.console("web01", size=64 << 10)
        console.print(b"first\n" * 2000)
        seen = b""
        async with asyncio.timeout(PATIENCE):
            async for piece in console.store.past.read(0):
                seen += piece.data
                for _ in range(10):
                    console.print(b"later\n" * 2000)
                    await house.library.settle()

        assert seen.startswith(b"first\n")
        assert console.store.past.oldest > 0

"""A part of a console's stream is read from the disk and from the ring, in order, exactly once."""

from pathlib import Path

import pytest

from bootlog.household import Console, living
from com1d.bootlog import reading as log_reading
from com1d.core.store.marks import Mark


async def text(console: Console, start: int, stop: int) -> bytes:
    """Read what there is between two offsets, and check that it is in order."""
    whole = b""
    async for piece in log_reading.read(console.store.past, console.ring, start, stop):
        assert start + len(whole) == piece.offset
        whole += piece.data
    return whole


async def tail(console: Console, lines: int, end: int) -> int:
    return await log_reading.tail(console.store.past, console.ring, lines, 0, end)


async def test_what_is_not_on_the_disk_comes_from_the_ring(tmp_path: Path):
    """A reader sees the newest bytes although nobody waited for the disk."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        console.print(b"on the disk, ")
        await house.library.settle()
        console.print(b"in the ring")

        assert 13 == console.store.past.end
        assert b"on the disk, in the ring" == await text(console, 0, 24)
        assert b"disk, in the" == await text(console, 7, 19)


async def test_what_left_the_ring_comes_from_the_disk(tmp_path: Path):
    """Where the ring has moved on, the disk is waited for."""
    printed = b"".join(b"%07d\n" % number for number in range(4096))
    async with living(tmp_path) as house:
        console = house.console("web01", scrollback=4096)
        for start in range(0, len(printed), 2048):
            console.print(printed[start : start + 2048])

        assert printed == await text(console, 0, len(printed))


async def test_what_nothing_has_is_a_hole(tmp_path: Path):
    """A disk that takes nothing leaves what the ring has."""
    (tmp_path / "log").write_text("a file is in the way")
    async with living(tmp_path / "log") as house:
        console = house.console("web01", scrollback=8)
        console.print(b"0123456789abcdef")
        await house.until(lambda: console.store.failing)
        pieces = [p async for p in log_reading.read(console.store.past, console.ring, 0, 16)]

        assert [(8, b"89abcdef")] == [(piece.offset, piece.data) for piece in pieces]


@pytest.mark.parametrize("settled", [True, False])
async def test_marks_stand_where_they_happened(tmp_path: Path, *, settled: bool):
    """Text is cut at a mark, and what happened last comes last."""
    async with living(tmp_path, clock=lambda: 5.0) as house:
        console = house.console("web01")
        console.print(b"login: ")
        console.store.mark("session", user="ann")
        console.print(b"ann\r\n")
        console.store.mark("nmi")
        if settled:
            await house.library.settle()
        items = [i async for i in log_reading.read_marked(console.store.past, console.ring, 2, 12)]

        await house.library.settle()
        seen = [i.kind if isinstance(i, Mark) else i.data for i in items]
        assert seen == ([b"gin: ", "session", b"ann\r\n", "nmi"] if settled else [b"gin: ann\r\n"])


@pytest.mark.parametrize(
    ("lines", "ending", "expected"),
    [(1, b"\n", b"line 999\n"), (2, b"\n", b"line 998\nline 999\n"), (0, b"\n", b""),
     (1, b"\nguest# ", b"guest# "), (2, b"\nguest# ", b"line 999\nguest# ")],
)  # fmt: skip
async def test_the_last_lines(tmp_path: Path, lines: int, ending: bytes, expected: bytes):
    """A tail begins at a line, and a last line without its end counts."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        console.print(b"\n".join(b"line %d" % number for number in range(1000)) + ending)
        end = console.store.end
        start = await tail(console, lines, end)

        assert expected == b"".join([p.data async for p in console.store.past.read(start)])
        assert 0 == await tail(console, 5000, end)


async def test_a_long_tail_goes_back_through_many_pieces(tmp_path: Path):
    """Lines are counted across everything that is read on the way."""
    async with living(tmp_path) as house:
        console = house.console("web01")
        line = b"x" * 99 + b"\n"
        for _ in range(20):
            console.print(line * 300)
            await house.library.settle()

        assert 600_000 - 250_000 == await tail(console, 2500, 600_000)

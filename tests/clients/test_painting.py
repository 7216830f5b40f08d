"""The screen on attach: computed while the guest prints, and no byte comes twice or not at all."""

import asyncio
from functools import partial
from pathlib import Path
from time import thread_time

import pytest
from websockets.exceptions import InvalidStatus

from com1d.clients.painting import Painter
from com1d.core.screen import READ_MAX, Emulator
from com1d.loop.stalls import HoldTimes
from house import events, read_bytes, running
from loop.holding import too_long


def painted(data: bytes, rows: int = 24, columns: int = 80) -> bytes:
    """Give what a terminal that has shown `data` is painted as."""
    emulator = Emulator(rows, columns)
    for _ in emulator.read(data):
        pass
    return b"".join(emulator.paint())


@pytest.mark.parametrize(
    ("query", "size"), [("", (24, 80)), ("&rows=5&cols=20", (5, 20))], ids=["default", "small"]
)
async def test_the_screen_comes_first_and_the_stream_goes_on_behind_it(run_dir, query, size):
    """`screen` says how many bytes are painted; what the guest prints then is the stream."""
    drawn = b"one\r\n\x1b[31mred\x1b[m\x1b[3;4Hhere\x1b[6n\x1b[1"
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(drawn)
        await house.until(lambda: house.service.consoles["web01"].ring.end == len(drawn))

        async with house.attach("web01", f"?replay=screen{query}") as client:
            seen, stream = await events(client, "replayed")
            attached, screen, replayed = seen
            guest.print(b";1Hthere")
            live = await client.recv(decode=False)
        guest.stop()

    assert ["attached", "screen", "replayed"] == [event["event"] for event in seen]
    assert (0, len(drawn)) == (attached["replay"], attached["offset"])
    assert (len(stream), len(drawn)) == (screen["bytes"], screen["offset"])
    assert len(drawn) == replayed["offset"]
    assert painted(drawn, *size) == stream
    assert painted(drawn + live, *size) == painted(stream + live, *size)


async def test_no_byte_twice_and_none_missing_while_the_guest_prints(run_dir):
    """Whoever attaches in the middle ends at the screen of who was there from the beginning."""
    numbers = b"".join(b"%d\r\n" % number for number in range(30000))
    in_the_end = painted(numbers)
    async with running(run_dir, "web01", scrollback=1 << 20) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        ring = house.service.consoles["web01"].ring
        printing = asyncio.create_task(guest.print_all(numbers))
        await house.until(lambda: ring.end > READ_MAX)
        for _ in range(3):
            async with house.attach("web01", "?mode=observe&replay=screen") as client:
                seen, stream = await events(client, "replayed")
                screen = seen[1]
                size, offset = screen["bytes"], screen["offset"]
                missing = len(numbers) - offset - (len(stream) - size)
                stream += await read_bytes(client, missing)

            assert numbers[offset:] == stream[size:]
            assert in_the_end == painted(stream)
        await printing
        guest.stop()


@pytest.mark.one_loop
@pytest.mark.parametrize(
    "printed",
    [
        b"\x1b[4h" + b"\x1b[2Jx\x1b[41mxxxxxxxx" * 5000,
        b"\x1b[4h" + b"x\x1b[999b" * 10000,
        "世".encode() + "\u0301".encode() * 33000,
        "\x1b[H世\x1b[@\x1b[P".encode() * 6000,
        b"\t\x1b[Z" * 17000,
    ],
    ids=["insert", "repeat", "marks", "shift", "tabs"],
)
async def test_computing_holds_nobody_up(run_dir, printed):
    """What takes longest of all a guest can print is done a slice at a time."""
    assert {} == await too_long(partial(longest_hold, printed), run_dir)


async def longest_hold(printed: bytes, folder: Path) -> dict[str, float]:
    """Attach to a screen that is hard to compute."""
    holds = HoldTimes(thread_time)
    async with running(folder, "web01", holds=holds) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        await guest.print_all(printed)
        await house.until(lambda: house.service.consoles["web01"].ring.end > READ_MAX)
        async with house.attach("web01", "?replay=screen&rows=100&cols=300") as client:
            await events(client, "replayed")
        guest.stop()

    assert holds.longest > 0
    return {"screen": holds.longest}


async def test_a_crowd_at_one_console_keeps_nobody_waiting_at_another(run_dir):
    """Consoles take turns, however many wait for one of them."""
    async with running(run_dir, "crowded", "quiet", scrollback=READ_MAX) as house:
        guests = {name: house.guest(name).start() for name in ("crowded", "quiet")}
        rings = {name: house.service.consoles[name].ring for name in guests}
        for name, guest in guests.items():
            await house.up(name)
            await guest.print_all(b"text\r\n\x1b[31mred\x1b[m" * (READ_MAX // 18))
            await house.until(lambda ring=rings[name]: ring.end > READ_MAX // 2)
        painter, crowd = Painter(), 60
        waiting = [
            asyncio.create_task(painter.paint(rings["crowded"], 24, 80)) for _ in range(crowd)
        ]
        await asyncio.sleep(0)
        await painter.paint(rings["quiet"], 24, 80)
        done = sum(task.done() for task in waiting)
        for screen in await asyncio.gather(*waiting):
            assert screen.ring is rings["crowded"]
        for guest in guests.values():
            guest.stop()

    assert done < crowd // 2


async def test_what_nobody_waits_for_is_not_computed(run_dir):
    """A client that has gone leaves its place in the queue to the next."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(b"here")
        painter, ring = Painter(), house.service.consoles["web01"].ring
        await house.until(lambda: ring.end == 4)
        gone = asyncio.create_task(painter.paint(ring, 24, 80))
        await asyncio.sleep(0)
        gone.cancel()
        screen = await painter.paint(ring, 24, 80)
        guest.stop()

    assert screen is not None
    assert painted(b"here") == screen.data
    assert gone.cancelled()


async def test_a_screen_that_takes_too_long_is_the_bytes_instead(run_dir, monkeypatch):
    """The client is told so, and misses none of the newest bytes."""
    monkeypatch.setattr("com1d.clients.painting.BUDGET_SECONDS", 0.002)
    printed = b"\x1b[Hx\t\x1b[Z\n" * 5000
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        await guest.print_all(printed)
        await house.until(lambda: house.service.consoles["web01"].ring.end == len(printed))
        async with house.attach("web01", "?replay=screen&rows=100&cols=300") as client:
            seen, stream = await events(client, "hint")
        guest.stop()

    assert "screen" not in [event["event"] for event in seen]
    assert "too long to compute" in seen[-1]["text"]
    assert printed[-16384:] == stream


async def test_where_a_client_was_cut_off_goes_before_a_screen(run_dir):
    """`from` says more than `replay`: nothing is painted."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(b"0123456789")
        await house.until(lambda: house.service.consoles["web01"].ring.end == 10)
        async with house.attach("web01", "?replay=screen&from=7") as client:
            seen, stream = await events(client, "replayed")
        guest.stop()

    assert ["attached", "replayed"] == [event["event"] for event in seen]
    assert b"789" == stream


@pytest.mark.parametrize("query", ["rows=1", "cols=301", "rows=-5", "rows=", "cols=80x24"])
async def test_sizes_that_no_terminal_has_are_refused(run_dir, query):
    """And what a size may be is told."""
    async with running(run_dir, "web01") as house:
        with pytest.raises(InvalidStatus) as refusal:
            async with house.attach("web01", f"?replay=screen&{query}"):
                pass

    assert 400 == refusal.value.response.status_code
    assert b"is a whole number from 2 to" in refusal.value.response.body

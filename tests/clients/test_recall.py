"""A replay reaches back into the log: in order, exactly once, or counted as lost."""

import asyncio

import pytest

from bootlog.household import BANNER
from house import PATIENCE, House, events, read_bytes, running


SCROLLBACK = 4096
TEXT = b"".join(b"%07d\n" % number for number in range(20_000))
"""More than the ring and what the sockets hold."""


async def told(house: House, text: bytes):
    """Let a guest print `text`, and wait until it is in the log."""
    guest = house.guest("web01").start()
    await house.up("web01")
    await guest.print_all(text)
    store = house.service.consoles["web01"].log.store
    await house.until(lambda: store.past.end == len(text))
    return guest


async def test_a_boot_is_replayed_from_its_first_byte(run_dir):
    """`replay=boot` begins at the firmware, however little the ring holds."""
    async with running(run_dir, "web01", scrollback=SCROLLBACK) as house:
        guest = await told(house, b"before\r\n" + BANNER + TEXT)
        async with house.attach("web01", "?replay=boot") as client:
            seen, stream = await events(client, "replayed")
            guest.print(b"live")

            assert b"live" == await read_bytes(client, 4)
        assert BANNER + TEXT == stream
        assert ["attached", "replayed"] == [event["event"] for event in seen]
        assert len(stream) == seen[0]["replay"]
        guest.stop()


@pytest.mark.parametrize("query", ["?from=5", "?replay=159995", "?mode=observe&from=5"])
async def test_any_replay_reaches_back(run_dir, query: str):
    """An offset or a number of bytes before the ring is as good as one within it."""
    async with running(run_dir, "web01", scrollback=SCROLLBACK) as house:
        guest = await told(house, TEXT)
        async with house.attach("web01", query) as client:
            seen, stream = await events(client, "replayed")

        assert TEXT[5:] == stream
        assert (len(TEXT), len(TEXT) - 5) == (seen[0]["offset"], seen[0]["replay"])
        guest.stop()


async def test_a_client_goes_on_after_a_restart(run_dir):
    """The ring of a new daemon is empty; who names the offset where he was gets the rest once."""
    async with running(run_dir, "web01", scrollback=SCROLLBACK) as house:
        guest = await told(house, TEXT)
        guest.stop()
    async with running(run_dir, "web01", scrollback=SCROLLBACK) as house:
        async with house.attach("web01", "?from=100") as client:
            _, stream = await events(client, "replayed")
            guest = await told_more(house, b"and on")
            assert b"and on" == await read_bytes(client, 6)
        async with house.attach("web01") as client:
            _, default = await events(client, "replayed")

        assert TEXT[100:] == stream
        assert (TEXT + b"and on")[-16384:] == default
        guest.stop()


async def told_more(house: House, text: bytes):
    guest = house.guest("web01").start()
    await house.up("web01")
    guest.print(text)
    return guest


async def test_a_guest_that_prints_meanwhile_is_caught_up_with(run_dir):
    """A client that is on its way to the ring misses nothing of what moves through it."""
    async with running(run_dir, "web01", scrollback=SCROLLBACK, log_size=16 << 20) as house:
        guest = await told(house, TEXT)
        printing = asyncio.create_task(guest.print_all(TEXT))
        async with house.attach("web01", "?from=0") as client:
            stream = await read_bytes(client, 2 * len(TEXT))
            await printing

        assert TEXT + TEXT == stream
        guest.stop()


async def test_a_slow_client_on_its_way_holds_nobody_up(run_dir):
    """It pulls at its own pace, in bounded memory, and gets it all."""
    async with running(run_dir, "web01", scrollback=SCROLLBACK, log_size=16 << 20) as house:
        guest = await told(house, TEXT * 6)
        async with house.attach("web01", "?from=0") as client:
            transport = client.transport
            transport.pause_reading()
            guest.print(b"news")
            async with house.attach("web01", "?mode=observe&replay=none") as other:
                guest.print(b"!")
                assert (await read_bytes(other, 1)).endswith(b"!")
            transport.resume_reading()
            stream = await read_bytes(client, len(TEXT) * 6 + 5)

        assert TEXT * 6 + b"news!" == stream
        guest.stop()


async def test_what_was_deleted_is_counted_as_lost(run_dir):
    """An offset older than the log is answered with what is left, and with how much is not."""
    async with running(run_dir, "web01", scrollback=SCROLLBACK, log_size=65536) as house:
        guest = await told(house, TEXT)
        async with house.attach("web01", "?from=0") as client:
            seen, stream = await events(client, "replayed")

        lost = sum(event["bytes"] for event in seen if event["event"] == "lost")
        assert 16384 < len(stream) < 65536
        assert len(TEXT) == lost + len(stream)
        assert TEXT.endswith(stream[-SCROLLBACK:])
        guest.stop()


async def test_a_disk_that_fails_is_counted_as_lost(run_dir):
    """What has left the ring and never reached the disk is said to be missing."""
    (run_dir / "log").mkdir()
    (run_dir / "log/web01").write_text("a file is in the way")
    async with running(run_dir, "web01", scrollback=SCROLLBACK) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        await guest.print_all(TEXT)
        console = house.service.consoles["web01"]
        await house.until(lambda: console.ring.end == len(TEXT) and console.log.store.failing)
        async with house.attach("web01", "?from=0") as client:
            async with asyncio.timeout(PATIENCE):
                seen, stream = await events(client, "replayed")

        assert TEXT[-SCROLLBACK:] == stream
        assert [len(TEXT) - SCROLLBACK] == [e["bytes"] for e in seen if e["event"] == "lost"]
        guest.stop()


async def test_a_client_that_leaves_on_its_way(run_dir):
    """What is read for it goes nowhere, and nothing is left of it."""
    async with running(run_dir, "web01", scrollback=SCROLLBACK) as house:
        guest = await told(house, TEXT)
        async with house.attach("web01", "?from=0") as client:
            await client.recv()
        await house.until(lambda: house.service.sessions == 0)

        assert (200, len(TEXT)) == (
            (await house.get("/v1/consoles/web01")).status,
            house.service.consoles["web01"].ring.end,
        )
        guest.stop()

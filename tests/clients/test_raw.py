"""The raw sockets, end to end: real FIFOs on one side, real Unix sockets on the other."""

import asyncio

from house import PATIENCE, discarded, running


async def read_until(reader: asyncio.StreamReader, text: bytes) -> bytes:
    async with asyncio.timeout(PATIENCE):
        return await reader.readuntil(text)


async def test_bytes_go_both_ways_untouched(run_dir):
    """Every byte value passes in both directions, unframed."""
    every = bytes(range(256))
    async with running(run_dir, "web01") as house, house.raw("web01") as (reader, writer):
        guest = house.guest("web01").start()
        await house.up("web01")
        await house.until(lambda: house.service.sessions)

        guest.print(every)
        writer.write(every)

        async with asyncio.timeout(PATIENCE):
            assert every == await reader.readexactly(256)
        assert every == await guest.typed(256)
        guest.stop()


async def test_the_earlier_session_reads_one_line_and_is_closed(run_dir):
    """Preemption on the raw socket: one line that names who and when, then the end."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.raw("web01") as (first, _), house.raw("web01") as (second, writer):
            async with asyncio.timeout(PATIENCE):
                told = await first.read()
            writer.write(b"mine")
            assert b"mine" == await guest.typed(4)
            guest.print(b"hello")
            assert b"hello" == await read_until(second, b"hello")

        assert told.startswith(b"\r\ncom1d: web01: preempted by root at 20")
        assert 2 == told.count(b"\r\n")
        assert 1 == house.service.consoles["web01"].seating.preemptions
        guest.stop()


async def test_an_observer_never_types(run_dir):
    """What an observer sends goes nowhere, and he is told so once; the output is his."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with (
            house.raw("web01.observe") as (observer, typing),
            house.raw("web01") as (_, writer),
        ):
            typing.write(b"rm -rf /\r")
            told = await read_until(observer, b"]\r\n")
            typing.write(b"again\r")
            writer.write(b"ok")

            assert b"ok" == await guest.typed(2)
            guest.print(b"out")
            assert b"out" == await read_until(observer, b"out")
        assert b"this socket observes" in told
        assert b"" == guest.typed_now()
        guest.stop()


async def test_input_to_a_port_that_is_down_is_refused_aloud(run_dir):
    """Nobody types into the void: the line says why, and the bytes are counted."""
    async with running(run_dir, "web01") as house, house.raw("web01") as (reader, writer):
        writer.write(b"hello?")

        told = await read_until(reader, b"]\r\n")

        assert b"the port is down" in told
        assert 6 == discarded(house.service.consoles["web01"])


async def test_a_client_that_stopped_writing_still_listens(run_dir):
    """`printf ... | socat - UNIX:...` shuts its side down and still hears the answer."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.raw("web01") as (reader, writer):
            writer.write(b"ver\r")
            writer.write_eof()
            assert b"ver\r" == await guest.typed(4)

            guest.print(b"Microsoft Windows")

            assert b"Windows" in await read_until(reader, b"Windows")
        await house.until(lambda: not house.service.sessions)
        guest.stop()

"""Credit: with a window, a client is sent no more than it has acknowledged room for."""

import json

import pytest

from house import events, read_bytes, running


PRINTED = bytes(range(256)) * 80  # 20,480 bytes, each telling its place


async def acknowledge(client, count: int) -> None:
    await client.send(json.dumps({"op": "ack", "bytes": count}))


async def refusal(client) -> str:
    """Give the code with which the client's last message is refused."""
    seen, _ = await events(client, "input-refused")
    return seen[-1]["code"]


@pytest.mark.parametrize("mode", ["active", "observe"])
async def test_no_more_comes_than_the_window(run_dir, mode):
    """The stream stops at the window and goes on by what is acknowledged, byte for byte."""
    async with running(run_dir, "vm") as house:
        guest = house.guest("vm").start()
        await house.up("vm")
        async with house.attach("vm", f"?mode={mode}&window=4096") as client:
            seen, _ = await events(client, "replayed")
            assert 4096 == seen[0]["window"]
            await guest.print_all(PRINTED)
            console = house.service.consoles["vm"]
            await house.until(lambda: console.ring.end == len(PRINTED))
            session = console.seating.audience[0].session

            assert PRINTED[:4096] == await read_bytes(client, 4096)
            assert (4096, 4096) == (session.cursor, session.unacknowledged)
            await acknowledge(client, 1000)
            assert PRINTED[4096:5096] == await read_bytes(client, 1000)
            assert (5096, 4096) == (session.cursor, session.unacknowledged)
            await acknowledge(client, 4096)
            assert PRINTED[5096:9192] == await read_bytes(client, 4096)
        guest.stop()


async def test_what_is_missed_is_counted_once(run_dir):
    """When the scrollback moves past a client without credit, it learns how much with its next."""
    host = {"require_boot_diagnostics": False}
    async with running(run_dir, "vm", scrollback=4096, log_size=0, host=host) as house:
        guest = house.guest("vm").start()
        await house.up("vm")
        console = house.service.consoles["vm"]
        async with house.attach("vm", "?window=4096&mode=observe") as client:
            await events(client, "replayed")
            for end in range(4096, 20481, 4096):
                guest.print(PRINTED[end - 4096 : end])
                await house.until(lambda end=end: console.ring.end == end)
            first = await read_bytes(client, 4096)
            await acknowledge(client, 4096)
            seen, _ = await events(client, "lost")
            rest = await read_bytes(client, 20480 - seen[-1]["offset"])

        (lost,) = [event["bytes"] for event in seen if event["event"] == "lost"]
        assert PRINTED[:4096] + PRINTED[4096 + lost :] == first + rest
        guest.stop()


async def test_a_replay_from_the_log_waits_as_well(run_dir):
    """Bytes from before the scrollback need credit, too."""
    async with running(run_dir, "vm", scrollback=4096) as house:
        guest = house.guest("vm").start()
        await house.up("vm")
        await guest.print_all(PRINTED)
        await house.until(lambda: house.service.consoles["vm"].ring.end == 20480)
        stream = b""
        async with house.attach("vm", "?from=0&window=4096&mode=observe") as client:
            while len(stream) < len(PRINTED):
                stream += (piece := await read_bytes(client, 1))
                assert len(piece) <= 4096
                await acknowledge(client, len(piece))

        assert PRINTED == stream
        guest.stop()


async def test_a_painted_screen_counts(run_dir):
    """It comes whole, and the stream goes on behind it when it is acknowledged."""
    async with running(run_dir, "vm") as house:
        guest = house.guest("vm").start()
        await house.up("vm")
        guest.print(b"\x1b[31mred" * 500)
        await house.until(lambda: house.service.consoles["vm"].ring.end == 4000)
        async with house.attach("vm", "?replay=screen&window=4096") as client:
            seen, painted = await events(client, "replayed")
            size = next(event["bytes"] for event in seen if event["event"] == "screen")
            guest.print(b"x" * 4096)
            part = await read_bytes(client, 4096 - size)
            await acknowledge(client, size)
            rest = await read_bytes(client, size)

        assert (size, b"x" * 4096) == (len(painted), part + rest)
        guest.stop()


async def test_without_a_window_nothing_is_acknowledged(run_dir):
    """A client that asked for none, or says more than it got, is told, and goes on."""
    async with running(run_dir, "vm") as house:
        for query in ("", "?window=4096&mode=observe"):
            async with house.attach("vm", query) as client:
                await events(client, "replayed")
                await acknowledge(client, 1)

                assert "bad-request" == await refusal(client)


@pytest.mark.parametrize("window", ["4095", "16777217", "x", "-1", "٤٠٩٦٠", "9" * 5000])
async def test_odd_windows_are_refused(run_dir, window):
    """The window has bounds, and is a number in digits."""
    async with running(run_dir, "vm") as house:
        answer = await house.get(f"/v1/consoles/vm/attach?window={window}")

    assert (400, "bad-request") == (answer.status, answer.json["code"])

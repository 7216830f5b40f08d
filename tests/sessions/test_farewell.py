"""Leaving a Windows guest safe: who is locked behind, who waits for it, and when it is left."""

import asyncio
import json
from contextlib import suppress
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from com1d import wire
from com1d.sessions import farewell
from house import PATIENCE, events, running
from sessions.windows import at, audited, shown, windows


LOCKED = b"Locked access to all Command Prompt channels."
LOGGED_IN = b"cmd\rch -si 1\r ann\r\rpw\r"


async def log_in(house, client) -> None:
    """Open a Command Prompt and log in there."""
    await events(client, "replayed")
    for line in (b"cmd\r", b"ch -si 1\r", b" ", b"ann\r", b"\r", b"pw\r"):
        await client.send(line)
    await at(house, "cmd")


async def secured(house, count: int = 1) -> list[dict]:
    """Wait for lines of the audit about guests left safe."""
    async with asyncio.timeout(PATIENCE):
        while len(found := audited(house.folder, "session.secured")) < count:
            await asyncio.sleep(0.005)
    return found


async def closed(client) -> int:
    with suppress(ConnectionClosed):
        async with asyncio.timeout(PATIENCE):
            async for _ in client:
                pass
    return client.close_code


async def told(client, event: str) -> dict:
    return (await events(client, event))[0][-1]


async def test_who_leaves_is_locked_out(run_dir):
    """After the last client has gone the Command Prompt wants a login again, and the audit says."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as client:
            await log_in(house, client)
        line = (await secured(house))[0]
        assert ("locked", "web01") == (line["outcome"], line["console"])
        assert line["session"] == audited(run_dir, "session.ended")[0]["session"]
        assert "reason" not in line
        assert guest.heard.endswith(b"\x1b\t0" + b"\x08" * 80 + b"lock\r")

        async with house.attach("web01") as client:
            await shown(client, LOCKED)
            await client.send(b"ch -si 1\r")
            await shown(client, b"any other key")
            await client.send(b" ")
            await shown(client, b"Username:")


async def test_who_preempts_waits_until_it_is_done(run_dir):
    """He is greeted and told why; the stream, and what he typed meanwhile, come afterwards."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as first:
            await log_in(house, first)
            before = len(guest.heard)
            guest.pause()
            async with house.attach("web01") as second:
                await second.send(b"s\r")
                assert wire.CLOSE_PREEMPTED == await closed(first)
                seen, stream = await events(second, "hint")
                assert ["attached", "hint"] == [event["event"] for event in seen]
                assert "is locking" in seen[1]["text"]
                assert b"" == stream
                await house.until(lambda: guest.heard.endswith(b"\x1b\t0"))
                busy = await house.request("POST", "/v1/consoles/web01/keys", b'{"keys":["F8"]}')
                assert "busy" == busy.json["code"]
                guest.resume()
                seen, stream = await events(second, "replayed")
                assert LOCKED in stream
                assert seen[-1]["offset"] == len(stream)
                await shown(second, b"Date:")
        assert guest.heard[before:].startswith(b"\x1b\t0" + b"\x08" * 80 + b"lock\rs\r")


async def test_a_raw_client_waits_too(run_dir):
    """It is told in a line, and what a script wrote at once is typed afterwards."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as first:
            await log_in(house, first)
            async with house.raw("web01") as (reader, writer):
                writer.write(b"s\r")
                async with asyncio.timeout(PATIENCE):
                    said = await reader.readuntil(b"Date:")
                assert b"[com1d: web01: com1d is locking" in said
                assert said.index(b"com1d is locking") < said.index(b"s\r\n")
        assert b"lock\rs\r" in guest.heard


async def test_who_waited_is_seated_afterwards(run_dir):
    """He watches, types nothing before, and hears why it takes a moment."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as first, house.attach("web01", "?wait=true") as second:
            await log_in(house, first)
            await told(second, "waiting")
            guest.pause()
            await first.close()
            await told(second, "hint")
            await second.send(b"early")
            assert "forbidden" == (await told(second, "input-refused"))["code"]
            guest.resume()
            seen, _ = await events(second, "seated")
            assert "seated" == seen[-1]["event"]
            await second.send(b"s\r")
            await shown(second, b"Date:")
        assert b"early" not in guest.heard


async def test_the_seat_that_is_granted_is_locked_first(run_dir):
    """Handing over is an end of a session, too."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as first, house.attach("web01", "?request=true") as second:
            await log_in(house, first)
            await told(first, "requested")
            await first.send(json.dumps({"op": "grant"}))
            await told(second, "seated")
        assert "locked" == (await secured(house))[0]["outcome"]
        assert b"lock\r" in guest.heard


async def test_whoever_comes_last_gets_it(run_dir):
    """Those who came while the guest was being locked are preempted in their turn, unheard."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as first:
            await log_in(house, first)
            guest.pause()
            async with house.attach("web01") as second:
                await second.send(b"from the second")
                await told(second, "hint")
                async with house.attach("web01") as third:
                    assert wire.CLOSE_PREEMPTED == await closed(second)
                    await third.send(b"s\r")
                    await told(third, "hint")
                    guest.resume()
                    await shown(third, b"Date:")
                    assert 1 == guest.heard.count(b"lock\r")
        assert b"second" not in guest.heard
    assert ["preempted", "preempted"] == [
        line["outcome"] for line in audited(run_dir, "session.ended")[:2]
    ]


async def test_whoever_gives_up_waiting_is_forgotten(run_dir):
    """The next one is let in all the same, and the audit has an end for everyone."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as first:
            await log_in(house, first)
            guest.pause()
            async with house.attach("web01") as second:
                await told(second, "hint")
            guest.resume()
            await secured(house)
            async with house.attach("web01") as third:
                await events(third, "replayed")
                await third.send(b"s\r")
                await shown(third, b"Date:")
    assert 3 == len(audited(run_dir, "session.ended"))


async def test_a_guest_that_does_not_answer_keeps_nobody_out(run_dir, monkeypatch):
    """After a bounded time the next user is let in, and told that it was not done."""
    monkeypatch.setattr(farewell, "LONGEST_SECONDS", 0.2)
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as first:
            await log_in(house, first)
            guest.pause()
            async with house.attach("web01") as second:
                seen, _ = await events(second, "replayed")
                assert ["attached", "hint", "hint", "replayed"] == [one["event"] for one in seen]
                assert "could not be locked" in seen[2]["text"]
                await second.send(b"typed")
                await house.until(lambda: guest.heard.endswith(b"typed"))
        line = (await secured(house))[0]
        assert ("failed", "it took too long") == (line["outcome"], line["reason"])


async def test_a_port_that_goes_down_keeps_nobody_out(run_dir):
    """He who waits hears of it, and is let in to wait for the VM."""
    async with running(run_dir, "web01", guest="windows", on_disconnect="lock") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(b"\r\nSAC>")
        await at(house, "sac")
        async with house.attach("web01") as first:
            await events(first, "replayed")
            async with house.attach("web01") as second:
                await told(second, "hint")
                guest.stop()
                seen, _ = await events(second, "replayed")
                assert "port-down" in [event["event"] for event in seen]
        line = (await secured(house))[0]
        assert ("failed", "the port went down") == (line["outcome"], line["reason"])


@pytest.mark.parametrize(
    ("printed", "guest_kind", "outcome"),
    [
        (b"\r\nweb01 login: ", "auto", "login"),
        (b"\r\nsomething else\r\n", "windows", "unknown"),
        (b"", "windows", "blank"),
    ],
)
async def test_where_nobody_knows_what_the_guest_does_it_is_left(
    run_dir, printed, guest_kind, outcome
):
    """Nothing is typed, nobody waits, and the audit has the reason."""
    async with running(run_dir, "web01", guest=guest_kind, on_disconnect="lock") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(printed)
        await at(house, outcome)
        async with house.attach("web01") as first:
            await events(first, "replayed")
            async with house.attach("web01") as second:
                seen, _ = await events(second, "replayed")
                assert ["attached", "replayed"] == [event["event"] for event in seen]
        lines = await secured(house, 2)
        assert all("skipped" == line["outcome"] and outcome in line["reason"] for line in lines)
        assert b"" == guest.typed_now()
        guest.stop()


async def test_linux_and_the_default_are_left_alone(run_dir):
    """Nothing is typed and nothing audited where locking is off, or cannot be."""
    cases: tuple[dict[str, Any], ...] = (
        {"on_disconnect": "none"},
        {"guest": "linux", "on_disconnect": "lock"},
    )
    for options in cases:
        async with running(run_dir, "web01", **options) as house:
            guest = house.guest("web01").start()
            await house.up("web01")
            guest.print(b"\r\nSAC>")
            async with house.attach("web01") as first:
                await events(first, "replayed")
            await house.until(lambda: not house.service.consoles["web01"].is_attended)
            assert b"" == guest.typed_now()
            guest.stop()
    assert [] == audited(run_dir, "session.secured")


async def test_an_observer_changes_nothing(run_dir):
    """He neither waits nor leaves anything behind."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01", "?mode=observe") as client:
            await events(client, "replayed")
        await house.until(lambda: not house.service.consoles["web01"].is_attended)
        assert b"" == guest.heard
    assert [] == audited(run_dir, "session.secured")


async def test_a_daemon_that_stops_says_that_it_did_not(run_dir):
    """Its last moments are not spent on the guest's answer; one under way is ended, too."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as client:
            await events(client, "replayed")
            house.service.stop()
            assert wire.CLOSE_RESTARTING == await closed(client)
        assert b"" == guest.heard
    assert [("skipped", "com1d stops")] == [
        (line["outcome"], line["reason"]) for line in audited(run_dir, "session.secured")
    ]


async def test_a_daemon_that_stops_waits_for_no_guest(run_dir):
    """A lock that is under way ends with it."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as client:
            await events(client, "replayed")
            guest.pause()
        await house.until(lambda: guest.heard)
        async with house.attach("web01") as client:
            await told(client, "hint")
            house.service.stop()
            await closed(client)
    assert ["failed"] == [line["outcome"] for line in audited(run_dir, "session.secured")]


@pytest.mark.parametrize(
    ("verb", "code"), [("disable", wire.CLOSE_DISABLED), ("disconnect", wire.CLOSE_DISCONNECTED)]
)
async def test_who_is_sent_away_is_locked_out(run_dir, verb, code):
    """However a session ends, it is over."""
    async with windows(run_dir, on_disconnect="lock") as (house, guest):
        async with house.attach("web01") as client:
            await log_in(house, client)
            await house.request("POST", f"/v1/consoles/web01/{verb}")
            assert code == await closed(client)
        assert "locked" == (await secured(house))[0]["outcome"]
        assert b"lock\r" in guest.heard

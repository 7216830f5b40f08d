"""`POST …/sac` and the question before Enter, with a simulated Windows behind real FIFOs."""

import asyncio
import json

import pytest

from house import PATIENCE, events, running
from sessions.windows import at, audited, shown, windows


async def ask(house, **body):
    return await house.request("POST", "/v1/consoles/web01/sac", json.dumps(body).encode())


async def test_channels_are_listed_opened_shown_and_closed(run_dir):
    """Each without a session, and a Command Prompt no further than the question for a user."""
    async with windows(run_dir) as (house, guest):
        listed = (await ask(house, do="channels")).json
        assert [{"number": 0, "name": "SAC", "active": True, "raw": False}] == listed["channels"]

        assert {"channel": "Cmd0001"} == (await ask(house, do="cmd")).json
        assert guest.heard.endswith(b"cmd\rch -sn Cmd0001\r\r")
        await at(house, "cmd-login")

        listed = (await ask(house, do="channels")).json["channels"]
        assert ["SAC", "Cmd0001"] == [channel["name"] for channel in listed]
        assert {"channel": "Cmd0001"} == (await ask(house, do="next")).json
        assert {"channel": "cmd0001"} == (await ask(house, do="switch", channel="cmd0001")).json
        assert {"closed": "Cmd0001"} == (await ask(house, do="close", channel="Cmd0001")).json
        assert 1 == len((await ask(house, do="channels")).json["channels"])

    done = [line["details"] for line in audited(run_dir, "verb.used")]
    assert ["channels", "cmd", "channels", "next", "switch", "close", "channels"] == [
        details["sac"] for details in done
    ]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "bad-request"),
        ({"do": "format"}, "bad-request"),
        ({"do": 1}, "bad-request"),
        ({"do": "close"}, "bad-request"),
        ({"do": "close", "channel": "a\rrestart"}, "bad-request"),
        ({"do": "close", "channel": "SAC"}, "unsupported"),
        ({"do": "switch", "channel": "Cmd0007"}, "unsupported"),
    ],
)
async def test_what_is_refused(run_dir, body, code):
    """A wrong request is never typed; what SAC refuses is told in its words."""
    async with windows(run_dir) as (house, guest):
        answer = await ask(house, **body)
        assert code == answer.json["code"]
        assert (code == "unsupported") == bool(guest.heard)


async def test_a_guest_that_is_not_at_sac_is_left_alone(run_dir):
    """ESC TAB may mean something else there."""
    for guest_kind, words in (("linux", "Linux"), ("windows", "not at SAC")):
        async with running(run_dir, "web01", guest=guest_kind) as house:
            guest = house.guest("web01").start()
            await house.up("web01")
            answer = await ask(house, do="channels")
            assert (501, "unsupported") == (answer.status, answer.json["code"])
            assert words in answer.json["detail"]
            assert b"" == guest.typed_now()
            guest.stop()


async def test_a_silent_guest_is_a_timeout(run_dir):
    """Nothing more is typed than the way to the prompt, and the line is free again."""
    async with windows(run_dir) as (house, guest):
        guest.pause()
        answer = await ask(house, do="channels")
        assert (504, "port-timeout") == (answer.status, answer.json["code"])
        assert b"\x1b\t0" == guest.heard
        guest.resume()
        assert 200 == (await ask(house, do="channels")).status


async def test_the_line_is_its_own_meanwhile(run_dir):
    """Two at a time are busy; keys wait behind it; Ctrl-C stops it."""
    async with windows(run_dir) as (house, guest), house.attach("web01") as client:
        await events(client, "replayed")
        guest.pause()
        first = asyncio.create_task(ask(house, do="channels"))
        await house.until(lambda: guest.heard)
        assert "busy" == (await ask(house, do="cmd")).json["code"]
        await client.send(b"ver")
        await client.send(b"\x03")
        answer = (await first).json
        assert "paste-stopped" == answer["code"]
        assert "Ctrl-C" in answer["detail"]
        guest.resume()
        assert 200 == (await ask(house, do="channels")).status


async def test_a_client_that_goes_away_leaves_the_line_free(run_dir):
    """The conversation ends with its connection."""
    async with windows(run_dir) as (house, guest):
        guest.pause()
        _, writer = await asyncio.open_unix_connection(str(house.api))
        body = b'{"do":"channels"}'
        writer.write(
            b"POST /v1/consoles/web01/sac HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n%b"
            % (len(body), body)
        )
        await house.until(lambda: guest.heard)
        writer.close()
        guest.resume()
        async with asyncio.timeout(PATIENCE):
            while 200 != (await ask(house, do="channels")).status:
                await asyncio.sleep(0.01)


async def test_enter_on_restart_is_asked_about(run_dir):
    """Over a WebSocket, typed by hand: once; then it is done."""
    async with windows(run_dir, guest="auto") as (house, guest), house.attach("web01") as client:
        seen, _ = await events(client, "replayed")
        assert "windows" == seen[0]["guest"]
        for key in b"restart":
            await client.send(bytes([key]))
        await shown(client, b"restart")
        await client.send(b"\r")
        seen, _ = await events(client, "hint")
        assert "restarts the machine" in seen[-1]["text"]
        assert "Enter" == seen[-1]["confirm"]
        await client.send(b"\x03")
        await house.until(lambda: guest.heard.endswith(b"\x08" * 7))
        assert b"\r" not in guest.heard

        for key in b"restart":
            await client.send(bytes([key]))
        await shown(client, b"restart")
        await client.send(b"\r")
        await events(client, "hint")
        await client.send(b"\r")
        await shown(client, b"preparing to restart")


async def test_a_script_is_never_asked(run_dir):
    """Not on the raw socket, key by key; not over a WebSocket, line by line."""
    async with windows(run_dir) as (house, guest):
        async with house.raw("web01") as (reader, writer):
            writer.write(b"k 4")
            await reader.readuntil(b"k 4")
            writer.write(b"\r")
            await reader.readuntil(b"SAC>")
        async with house.attach("web01", "?replay=none") as client:
            await events(client, "replayed")
            await client.send(b"k 5\r")
            await shown(client, b"SAC>")
        assert b"k 4\rk 5\r" == guest.heard

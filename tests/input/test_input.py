"""The way in, end to end: burst limit, keys, pastes, and who may use the line meanwhile."""

import asyncio
import fcntl
import json
import os
from contextlib import asynccontextmanager
from typing import Any

import pytest

from house import PATIENCE, discarded, events, running


FAST = 4_000_000
"""Baud: no test has to wait for the line."""


@asynccontextmanager
async def console(run_dir, **options):
    """Run a daemon with a guest on web01 that reads what the test asks for."""
    async with running(run_dir, "web01", **{"baud": FAST} | options) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        try:
            yield house, guest
        finally:
            guest.stop()


@asynccontextmanager
async def echoing(guest, change=lambda data: data):
    """Let the guest show what is typed, as a terminal driver does, `change`d."""

    async def echo() -> None:
        while True:
            if data := guest.typed_now():
                heard.extend(data)
                guest.print(change(data.replace(b"\r", b"\r\n")))
            await asyncio.sleep(0.001)

    heard = bytearray()
    task = asyncio.create_task(echo())
    try:
        yield heard
    finally:
        task.cancel()
        await asyncio.wait((task,))


async def post(house, action: str, **body):
    return await house.request(
        "POST", f"/v1/consoles/web01/{action}", json.dumps(body).encode() if body else b""
    )


async def test_a_burst_over_the_limit_is_cut_and_counted(run_dir):
    """On a raw socket 2,048 characters at once pass, the rest is discarded and said in one line."""
    async with console(run_dir) as (house, guest), house.raw("web01") as (reader, writer):
        writer.write(b"x" * 3000)

        assert b"x" * 2048 == await guest.typed(2048)
        async with asyncio.timeout(PATIENCE):
            told = await reader.readuntil(b"]\r\n")
        assert b"952 characters were discarded" in told
        writer.write(b"y")
        assert b"y" == await guest.typed(1)
        assert 952 == discarded(house.service.consoles["web01"])


async def test_typing_ahead_of_a_stuck_guest_waits_and_all_arrives(run_dir):
    """Back-pressure: what the guest does not read waits, the user is told, and nothing is lost."""
    text = bytes(range(32, 127)) * 600
    async with console(run_dir, paste_limit=65536) as (house, guest):
        fcntl.fcntl(guest._in, fcntl.F_SETPIPE_SZ, 4096)
        async with house.raw("web01") as (reader, writer):
            writer.write(text)
            async with asyncio.timeout(PATIENCE):
                told = await reader.readuntil(b"]\r\n")

            assert text == await guest.typed(len(text))
        assert b"the port is not draining" in told


async def test_a_line_that_is_full_for_a_moment_is_not_called_stuck(run_dir):
    """How long the line takes nothing counts from the first byte that waits for it."""
    async with console(run_dir) as (house, guest), house.attach("web01") as client:
        fcntl.fcntl(guest._in, fcntl.F_SETPIPE_SZ, 4096)
        os.write(guest._in, b"x" * 4096)
        await client.send(b"y")
        await house.until(lambda: house.service.consoles["web01"].input._outflow.queue.size)
        assert b"x" * 4096 + b"y" == await guest.typed(4097)

        await client.send(json.dumps({"op": "answer me"}))
        seen, _ = await events(client, "input-refused")
        assert "not-draining" not in [event["event"] for event in seen]


async def test_the_line_is_never_outrun(run_dir):
    """At 9,600 baud the bytes take their time, in order; the pace is the bucket's own test."""
    async with console(run_dir, baud=9600) as (house, guest), house.raw("web01") as (_, writer):
        writer.write(b"0123456789" * 30)
        await house.until(lambda: house.service.consoles["web01"].traffic.sent)
        early = guest.typed_now()

        assert len(early) < 300
        assert b"0123456789" * 30 == early + await guest.typed(300 - len(early))


@pytest.mark.parametrize("verify", [False, True])
async def test_a_paste_arrives_cleaned_and_whole(run_dir, verify: bool):
    """CRLF and LF become CR, ESC goes, the rest arrives; verified, each character is proven."""
    async with console(run_dir) as (house, guest), house.attach("web01") as client:
        async with echoing(guest) as heard:
            text = "echo one\r\n\x1bR\x1br\x1bRecho zwei äöü\n"
            await client.send(json.dumps({"op": "paste", "text": text, "verify": verify}))
            progress = await last_progress(client)
            wanted = "echo one\rRrRecho zwei äöü\r".encode()
            await house.until(lambda: len(heard) >= len(wanted))

    assert wanted == heard
    assert progress["sent"] == progress["of"] == len(wanted.decode())
    assert (progress["verified"] == progress["of"]) is verify


async def last_progress(client):
    """Wait for the `paste` event that says all is sent."""
    async with asyncio.timeout(PATIENCE):
        while True:
            message = await client.recv()
            if isinstance(message, str):
                event = json.loads(message)
                assert event["event"] != "input-refused", event
                if event["event"] == "paste" and event["sent"] == event["of"]:
                    return event


@pytest.mark.parametrize("verify", [False, True])
async def test_the_line_is_free_when_the_end_of_a_paste_is_told(run_dir, verify: bool):
    """A client that sends the next one at once is not refused."""
    texts = [f"echo {number}\r" for number in range(4)]
    async with console(run_dir) as (house, guest), house.attach("web01") as client:
        async with echoing(guest) as heard:
            for text in texts:
                await client.send(json.dumps({"op": "paste", "text": text, "verify": verify}))
                await last_progress(client)
            await client.send(json.dumps({"op": "ping"}))
            seen, _ = await events(client, "pong")
            await house.until(lambda: len(heard) >= len("".join(texts)))

    assert ("".join(texts).encode(), ["pong"]) == (heard, [event["event"] for event in seen])


async def test_a_guest_that_doubles_characters_stops_a_verified_paste(run_dir):
    """The first wrong character is named, and the rest is never sent."""
    async with console(run_dir) as (house, guest), house.attach("web01") as client:
        async with echoing(guest, lambda data: data.replace(b"r", b"rr")) as heard:
            await client.send(json.dumps({"op": "paste", "text": "ver nothing", "verify": True}))
            seen, _ = await events(client, "input-refused")

    assert ("paste-stopped", 3) == (seen[-1]["code"], seen[-1]["position"])
    assert "'r'" in seen[-1]["detail"]
    assert b"nothing" not in heard


async def test_a_tab_that_could_complete_something_is_not_typed(run_dir):
    """Not one byte, where a prompt has not asked for brackets; unverified, it is."""
    async with console(run_dir) as (house, guest), house.attach("web01") as client:
        guest.print(b"\r\n/ # ")
        await house.until(lambda: house.service.consoles["web01"].ring.end)
        await client.send(json.dumps({"op": "paste", "text": "a\tb", "verify": True}))
        seen, _ = await events(client, "input-refused")
        answer = await post(house, "paste", text="a\tb", verify=True)
        await client.send(json.dumps({"op": "paste", "text": "c\td"}))

        assert b"c\td" == await guest.typed(3)
    assert ("paste-stopped", 0) == (seen[-1]["code"], seen[-1]["verified"])
    assert (409, "paste-stopped", 0) == (answer.status, *map(answer.json.get, ("code", "verified")))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x" * 2049, "paste-too-long"),
        ("x" * 1_000_000, "paste-too-long"),
        ("", "bad-request"),
        ("\x1b\x07", "bad-request"),
        ("a\0b", "bad-request"),
        ("\ud800", "bad-request"),
    ],
)
async def test_a_refused_paste_sends_nothing(run_dir, text: str, code: str):
    """Too long, empty, binary or no Unicode: refused whole on both ways in, with a code."""
    async with console(run_dir) as (house, guest), house.attach("web01") as client:
        await client.send(json.dumps({"op": "paste", "text": text}))
        seen, _ = await events(client, "input-refused")
        answer = await post(house, "paste", text=text)
        await client.send(b"k")

        assert b"k" == await guest.typed(1)
    assert code == seen[-1]["code"] == answer.json["code"]


@pytest.mark.parametrize(
    ("pasted", "said"),
    [(b"", b"is empty"), (b"a\0b", b"character 2"), (b"a\xffb", b"UTF-8"), (b"\xe2\x82", b"UTF-8")],
)
async def test_a_marked_paste_that_is_no_text_sends_nothing(run_dir, pasted: bytes, said: bytes):
    """On a raw socket, too: one line says what is wrong with it, and typing goes on."""
    async with console(run_dir) as (house, guest), house.raw("web01") as (reader, writer):
        writer.write(b"\x1b[200~" + pasted + b"\x1b[201~k")
        async with asyncio.timeout(PATIENCE):
            told = await reader.readuntil(b"]\r\n")

        assert said in told
        assert b"k" == await guest.typed(1)


async def test_keys_typed_during_a_paste_wait_behind_it(run_dir):
    """Nothing interleaves: what is typed meanwhile comes after the paste's last character."""
    async with console(run_dir) as (house, guest), house.attach("web01") as client:
        await client.send(json.dumps({"op": "paste", "text": "p" * 200}))
        await client.send(b"typed")

        assert b"p" * 200 + b"typed" == await guest.typed(205)


@pytest.mark.parametrize("way", ["cancel", "ctrl-c"])
async def test_cancelling_a_paste_counts_the_rest(run_dir, way: str):
    """`cancel`, or Ctrl-C typed by the same user, ends the paste at once; the rest is counted."""
    async with console(run_dir) as (house, guest), house.attach("web01") as client:
        await client.send(json.dumps({"op": "paste", "text": "p" * 2000}))
        await guest.typed(16)
        await client.send(json.dumps({"op": "cancel"}) if way == "cancel" else b"\x03")
        seen, _ = await events(client, "input-discarded")
        await client.send(b"END")
        rest = b""
        async with asyncio.timeout(PATIENCE):
            while not rest.endswith(b"END"):
                rest += guest.typed_now()
                await asyncio.sleep(0.001)

        sent = 16 + rest.count(b"p")
        assert 2000 == sent + seen[-1]["bytes"]
        assert (b"\x03" in rest) is (way == "ctrl-c")


async def test_preemption_ends_the_paste_of_the_earlier_session(run_dir):
    """The newer user's first byte never follows into the older one's paste."""
    async with console(run_dir) as (house, guest), house.attach("web01") as first:
        await first.send(json.dumps({"op": "paste", "text": "p" * 2000}))
        await guest.typed(16)
        async with house.attach("web01") as second:
            seen, _ = await events(first, "preempted")
            await second.send(b"MINE")
            rest = b""
            async with asyncio.timeout(PATIENCE):
                while not rest.endswith(b"MINE"):
                    rest += guest.typed_now()
                    await asyncio.sleep(0.001)

    discarded = next(event for event in seen if event["event"] == "input-discarded")
    assert rest == b"p" * (2000 - 16 - discarded["bytes"]) + b"MINE"


async def test_a_bracketed_paste_on_a_raw_socket_is_a_paste(run_dir):
    """The markers of a terminal make a paste: cleaned, and refused whole when too long."""
    async with console(run_dir) as (house, guest), house.raw("web01") as (reader, writer):
        writer.write(b"\x1b[200~dir\nver\x1b[201~!")
        assert b"dir\rver!" == await guest.typed(8)

        writer.write(b"\x1b[200~" + b"x" * 2049 + b"\x1b[201~.")
        async with asyncio.timeout(PATIENCE):
            told = await reader.readuntil(b"the limit is 2048")
        assert b"2049 characters" in told
        assert b"." == await guest.typed(1)


async def test_keys_by_name_follow_the_profile(run_dir):
    """F8 is what the guest knows as F8; an unknown key is refused with what was meant."""
    async with console(run_dir, guest="windows") as (house, guest):
        pressed = await post(house, "keys", keys=["F8", "Shift-F8"])
        assert b"\x1b8\x1b\x13\x1b8" == await guest.typed(6)
        refused = await post(house, "keys", keys=["F8", "Hmoe"])
        missing = await post(house, "keys")

        assert (200, {"pressed": 2}) == (pressed.status, pressed.json)
        assert (400, "bad-request") == (refused.status, refused.json["code"])
        assert "Home" in refused.json["detail"]
        assert '"keys"' in missing.json["detail"]
        assert b"" == guest.typed_now()


async def test_a_terminals_keys_are_translated(run_dir):
    """What xterm sends for F8 and Backspace reaches Windows as its own codes."""
    async with console(run_dir, keys="vt-utf8") as (house, guest), house.attach("web01") as client:
        await client.send(b"\x1b[19~\x7f")
        assert b"\x1b8\x08" == await guest.typed(3)
        await client.send(b"\x1b")  # the Escape key, alone: held for 50 ms, then sent
        assert b"\x1b" == await guest.typed(1)


async def test_paste_over_http_answers_when_it_is_through(run_dir):
    """Without a stream: the answer counts what was sent and verified."""
    async with console(run_dir) as (house, guest), echoing(guest) as heard:
        answer = await post(house, "paste", text="hostname\r", verify=True)

        assert {"sent": 9, "verified": 9} == answer.json
        assert b"hostname\r" == heard


async def test_what_a_port_cannot_do_is_unsupported(run_dir):
    """A FIFO carries no break: `unsupported`; SysRq is for Linux; nothing reaches the guest."""
    async with console(run_dir, guest="windows") as (house, guest):
        broken = await post(house, "break")
        sysrq = await post(house, "sysrq", keys="h")

        assert (501, "unsupported") == (broken.status, broken.json["code"])
        assert "Linux" in sysrq.json["detail"]
        assert b"" == guest.typed_now()


@pytest.mark.parametrize("action", ["paste", "keys", "sysrq", "break"])
async def test_a_port_that_is_down_is_not_running(run_dir, action: str):
    """Every operation on a stopped VM says so."""
    bodies: dict[str, dict[str, Any]] = {
        "paste": {"text": "x"},
        "keys": {"keys": ["F1"]},
        "sysrq": {"keys": "h"},
    }
    async with running(run_dir, "web01") as house:
        answer = await post(house, action, **bodies.get(action, {}))

    assert (409, "not-running") == (answer.status, answer.json["code"])

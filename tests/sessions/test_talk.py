"""Messages to whoever is on a console, and notes in its log."""

import json
import os
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection

from com1d.config import RoleConfig
from com1d.core.session.talk import OFTEN_MAX, TEXT_MAX
from house import House, events, running


READER = RoleConfig("uid", os.getuid(), "reader", "*")


async def say(client: ClientConnection, op: str, text: str) -> None:
    await client.send(json.dumps({"op": op, "text": text}))


async def told(client: ClientConnection, event: str) -> dict:
    seen, _ = await events(client, event)
    return seen[-1]


async def post(house: House, action: str, text: str):
    body = json.dumps({"text": text}).encode()
    return await house.request("POST", f"/v1/consoles/web01/{action}", body)


def audited(folder: Path, verb: str) -> list[dict]:
    text = (folder / "log" / "audit.jsonl").read_text()
    return [line for line in map(json.loads, text.splitlines()) if line.get("verb") == verb]


async def test_a_message_reaches_everybody(run_dir):
    """Observers send and get it as the active session does; the audit has its length alone."""
    async with (
        running(run_dir, "web01") as house,
        house.attach("web01") as active,
        house.attach("web01", "?mode=observe") as observer,
    ):
        await told(active, "replayed")
        await told(observer, "replayed")
        await say(observer, "message", "is that\x1b[2J you?\n")
        for client in (active, observer):
            event = await told(client, "message")
            assert ("root", "is that [2J you?") == (event["by"], event["text"])
        answer = await post(house, "message", "from outside")
        assert {"told": 2} == answer.json
        assert "from outside" == (await told(active, "message"))["text"]
    assert [17, 12] == [line["details"]["characters"] for line in audited(run_dir, "message")]
    assert "outside" not in (run_dir / "log" / "audit.jsonl").read_text()


async def test_a_note_stands_in_the_log_where_it_was_written(run_dir):
    """It is a mark at the offset that the answer and the event give."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01") as active:
            guest.print(b"panic")
            await active.recv()
            await house.until(lambda: house.service.consoles["web01"].ring.end == 5)
            answer = await post(house, "note", "pulled the disk")
            assert {"offset": 5} == answer.json
            assert 5 == (await told(active, "noted"))["offset"]
            await say(active, "note", "by key")
            await told(active, "noted")
        guest.stop()
        log = (await house.get("/v1/consoles/web01/log?from=0&times=true")).body.decode()
    notes = [json.loads(line) for line in log.splitlines() if '"note"' in line]
    assert ["pulled the disk", "by key"] == [note["facts"]["text"] for note in notes]
    assert {(5, "root")} == {(note["offset"], note["facts"]["user"]) for note in notes}


async def test_who_may_speak(run_dir):
    """A reader speaks to the others, and writes nothing into the log."""
    async with (
        running(run_dir, "web01", roles=(READER,)) as house,
        house.attach("web01", "?mode=observe") as observer,
    ):
        assert 200 == (await post(house, "message", "hello")).status
        assert 403 == (await post(house, "note", "hello")).status
        await say(observer, "note", "hello")
        assert "forbidden" == (await told(observer, "input-refused"))["code"]


@pytest.mark.parametrize("text", ["", " \n", "x" * (TEXT_MAX + 1)])
async def test_texts_that_cannot_be_told(run_dir, text: str):
    """Nothing, and too much."""
    async with running(run_dir, "web01") as house:
        assert "bad-request" == (await post(house, "message", text)).json["code"]


async def test_nobody_crowds_the_console_out(run_dir):
    """The eleventh in ten seconds is refused, whoever says it, and whether aloud or as a note."""
    async with running(run_dir, "web01") as house:
        for _ in range(OFTEN_MAX):
            assert 200 == (await post(house, "message", "knock")).status
        assert "too-often" == (await post(house, "note", "knock")).json["code"]


async def test_without_a_log_there_are_no_notes(run_dir):
    """The answer is the one that the log itself would give."""
    host = {"require_boot_diagnostics": False}
    async with running(run_dir, "web01", host=host, log_size=0) as house:
        answer = await post(house, "note", "lost")
        assert "boot-diagnostics-required" == answer.json["code"]

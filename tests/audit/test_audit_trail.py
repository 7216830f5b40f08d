"""What the daemon writes into its audit while people work."""

import asyncio
import json
import os
import sys
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from com1d.api.routes import ROUTES
from com1d.config import RoleConfig
from com1d.tools.audit_check import check
from disks import fill, small_disk
from house import PATIENCE, House, close, events, read_bytes, running


UPGRADE = (
    b"GET /v1/consoles/web01/attach HTTP/1.1\r\nHost: com1d\r\nUpgrade: websocket\r\n"
    b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: com1.v1\r\n\r\n"
)

COMM = Path("/proc/self/comm").read_text().strip()


def lines(folder: Path, *, event: str = "") -> list[dict]:
    path = folder / "log" / "audit.jsonl"
    text = path.read_text() if path.exists() else ""
    return [
        line for line in map(json.loads, text.splitlines()) if not event or event == line["event"]
    ]


async def written(house: House) -> None:
    """Wait until the audit has all that was noted."""
    await house.until(house.service.audit._idle.is_set)


async def test_a_session_from_its_beginning_to_its_end(run_dir):
    """Two lines: who, from which process, how, how long, how many bytes each way."""
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01", "?replay=none") as client:
            await events(client, "replayed")
            [began] = lines(run_dir, event="session.began")  # before the session is open
            guest.print(b"twelve bytes")
            await read_bytes(client, 12)
            await client.send(b"seven b")
            await guest.typed(7)
        await house.until(lambda: not house.service.sessions)
        guest.stop()

    [ended] = lines(run_dir, event="session.ended")
    me = {
        "console": "web01", "user": "root", "uid": os.getuid(), "gid": os.getgid(),
        "pid": os.getpid(), "command": COMM,
        "gateway": None, "session": began["session"], "mode": "active", "via": "websocket",
    }  # fmt: skip
    assert me == {key: began[key] for key in me} == {key: ended[key] for key in me}
    assert ("ok", "left") == (began["outcome"], ended["outcome"])
    assert (7, 12, 0) == (ended["typed"], ended["delivered"], ended["lost"])
    assert 0 < ended["seconds"] < PATIENCE
    assert [] == check(run_dir / "log", run_dir / "state")[1]


async def test_what_is_typed_or_printed_is_nowhere_in_it(run_dir):
    """Neither keys, nor pastes, nor the guest's words get into the audit."""
    secret = "hunter2-in-the-clear"
    async with running(run_dir, "web01") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        async with house.attach("web01") as client:
            await events(client, "replayed")
            await client.send(secret.encode())
            await client.send(json.dumps({"op": "paste", "text": secret}))
            await guest.typed(2 * len(secret))
            guest.print(secret.encode())
            await read_bytes(client, len(secret))
            body = json.dumps({"text": secret}).encode()
            await house.request("POST", "/v1/consoles/web01/paste", body)
        guest.stop()

    assert secret not in (run_dir / "log" / "audit.jsonl").read_text()
    pasted = lines(run_dir, event="verb.used")
    assert [("paste", "ok", {"characters": 20})] * 2 == [
        (line["verb"], line["outcome"], line["details"]) for line in pasted
    ]
    assert [True, False] == [line["session"] is not None for line in pasted]


async def test_a_preemption(run_dir):
    """Attach, attach, preemption, end of the first: in this order, each naming the other."""
    async with running(run_dir, "web01") as house:
        async with house.attach("web01") as first:
            await events(first, "replayed")
            async with house.raw("web01"):
                await events(first, "preempted")
                with pytest.raises(ConnectionClosed):
                    await first.recv()

    found = [line for line in lines(run_dir) if line.get("session")]
    one, two = found[0]["session"], found[1]["session"]
    assert [
        ("session.began", one, "ok"),
        ("session.began", two, "ok"),
        ("session.preempted", one, "preempted"),
        ("session.ended", one, "preempted"),
        ("session.ended", two, "left"),
    ] == [(line["event"], line["session"], line["outcome"]) for line in found]
    assert ("root", two) == (found[2]["by"], found[2]["by_session"])


async def test_refusals(run_dir):
    """Whoever is not let in has a line, on either entrance, with the code that he was told."""
    roles = (RoleConfig("uid", 1, "owner", "*"), RoleConfig("uid", 0, "reader", "web*"))
    async with running(run_dir, "web01", "db01", roles=roles) as house:
        for name, query in (("web01", ""), ("db01", ""), ("nosuch" * 100, "?mode=observe")):
            with pytest.raises(InvalidStatus):
                async with house.attach(name, query):
                    pass
        for name in ("web01", "db01.observe"):
            async with house.raw(name) as (reader, _):
                async with asyncio.timeout(PATIENCE):
                    assert await reader.read()
        await house.request("POST", "/v1/consoles/web01/disconnect")
        await house.get("/v1/consoles/db01")
        await house.get("/v1/consoles/web01")

    assert [
        ("web01", "active", "websocket", "forbidden"),
        ("db01", "active", "websocket", "not-found"),
        (("nosuch" * 100)[:63] + "…", "observe", "websocket", "not-found"),
        ("web01", "active", "raw", "forbidden"),
        ("db01", "observe", "raw", "not-found"),
    ] == [
        (line["console"], line["mode"], line["via"], line["outcome"])
        for line in lines(run_dir, event="attach.refused")
    ]
    assert [("web01", "disconnect", "forbidden"), ("db01", "show", "not-found")] == [
        (line["console"], line["verb"], line["outcome"])
        for line in lines(run_dir, event="verb.used")
    ]


async def test_every_request_that_acts_has_one_line(run_dir, monkeypatch):
    """Whatever a POST does or fails to do, and whichever is added later, is in the audit once."""
    com1d = [sys.executable, "-m", "com1d", "--config", f"{run_dir}/none.toml"]
    monkeypatch.setattr(sys, "orig_argv", com1d)  # what an upgrade starts, and not pytest again
    paths = [
        route.path.pattern.replace(r"(?P<name>[^/]+)", "web01")
        for route in ROUTES
        if route.method == "POST"
    ]
    expanded = []
    for path in paths:
        head, group, rest = path.partition("(?P<action>")
        expanded += [head + action for action in rest[:-1].split("|")] if group else [path]
    assert len(expanded) >= 10

    async with running(run_dir, "web01") as house:
        for path in expanded:
            await house.request("POST", path)

    found = lines(run_dir, event="verb.used")
    assert len(expanded) == len(found)
    assert {"root"} == {line["user"] for line in found}


async def test_who_disconnects_stands_before_who_was_disconnected(run_dir):
    """The cause stands before its consequences."""
    async with running(run_dir, "web01") as house:
        async with house.attach("web01") as client:
            await events(client, "replayed")
            await house.request("POST", "/v1/consoles/web01/disconnect")
            with pytest.raises(ConnectionClosed):
                await client.recv()

    found = lines(run_dir)
    place = next(n for n, line in enumerate(found) if line["event"] == "verb.used")
    assert ("disconnect", {"sessions": 1}) == (found[place]["verb"], found[place]["details"])
    assert ("session.ended", "disconnected") == (
        found[place + 1]["event"], found[place + 1]["outcome"]
    )  # fmt: skip


async def test_starts_and_stops(run_dir):
    """Each run of the daemon has a beginning and an end, in one chain."""
    for _ in range(2):
        async with running(run_dir, "web01"):
            pass

    names = [line["event"] for line in lines(run_dir)]
    assert ["audit.opened", "daemon.started", "daemon.stopped"] * 2 == [
        name for name in names if name.startswith(("audit", "daemon"))
    ]
    assert [] == check(run_dir / "log", run_dir / "state")[1]


async def test_who_leaves_while_his_line_is_written(run_dir, monkeypatch):
    """A client that is gone before it was let in has an end for its beginning, and no session."""
    async with running(run_dir, "web01") as house:
        written_down = asyncio.Event()
        commit = house.service.audit.commit

        async def slow(fact) -> None:
            await commit(fact)
            await written_down.wait()

        monkeypatch.setattr(house.service.audit, "commit", slow)
        for count, path in enumerate((house.api, house.socket("web01")), start=1):
            _, writer = await asyncio.open_unix_connection(str(path))
            writer.write(UPGRADE)
            await house.until(lambda: count == len(lines(run_dir, event="session.began")))
            await close(writer)
        written_down.set()
        await house.until(lambda: 2 == len(lines(run_dir, event="session.ended")))
        assert 0 == house.service.sessions

    began, ended = (lines(run_dir, event=f"session.{word}") for word in ("began", "ended"))
    assert sorted(line["session"] for line in began) == sorted(line["session"] for line in ended)


@pytest.mark.parametrize("required", [True, False])
async def test_a_full_disk(run_dir, required: bool, monkeypatch):
    """Attaches are refused on every entrance, or let in as configured; who is on stays on."""
    monkeypatch.setattr("com1d.audit.audit.RETRY_SECONDS", 0.01)
    with small_disk(run_dir / "log"):
        async with running(run_dir, "web01", host={"audit_required": required}) as house:
            guest = house.guest("web01").start()
            await house.up("web01")
            async with house.attach("web01", "?mode=observe") as observer:
                await events(observer, "replayed")
                fill(run_dir / "log" / "ballast")
                async with asyncio.timeout(PATIENCE):
                    while not house.service.audit.failing:
                        await house.request("POST", "/v1/consoles/web01/reset")

                async with house.raw("web01") as (reader, writer):
                    if required:
                        with pytest.raises(InvalidStatus, match="503"):
                            async with house.attach("web01"):
                                pass
                        assert b"com1d: audit-unavailable" in await reader.read()
                    else:
                        await house.until(lambda: 2 == house.service.sessions)
                        writer.write(b"x")
                        assert b"x" == await guest.typed(1)
                guest.print(b"still here")
                assert b"still here" == await read_bytes(observer, 10)

                assert b"com1d_audit_failing 1\n" in (await house.get("/metrics")).body
                (run_dir / "log" / "ballast").unlink()
                await house.until(lambda: not house.service.audit.failing)
                async with house.attach("web01") as client:
                    await events(client, "replayed")
            guest.stop()
        assert [] == check(run_dir / "log", run_dir / "state")[1]
        outcomes = {line["outcome"] for line in lines(run_dir, event="attach.refused")}
        assert ({"audit-unavailable"} if required else set()) == outcomes

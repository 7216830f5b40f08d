"""HTTP on the API socket: what comes in is answered or refused clearly, and always in time."""

import asyncio
import json
import random
import socket
from contextlib import suppress

import pytest

from com1d.api import connection
from com1d.api.answers import consoles
from com1d.api.connection import HttpConnection
from com1d.api.door import Bodies, Door
from com1d.api.messages import Response
from com1d.loop.poller import IN, Poller
from com1d.loop.stalls import HoldTimes
from house import PATIENCE, Answer, close, parse, running


async def test_list_and_show(run_dir):
    """The two views of a console agree and have the members of the interface."""
    async with running(run_dir, "web01", "web02") as house:
        listed = await house.get("/v1/consoles")
        shown = await house.get("/v1/consoles/web01")

    assert ["web01", "web02"] == [console["name"] for console in listed.json["consoles"]]
    assert listed.json["consoles"][0] == shown.json
    assert {
        "name", "port", "guest", "connected", "enabled", "guest_state", "active", "observers",
        "offset", "boot",
    } <= set(shown.json)  # fmt: skip


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/v1/consoles/nosuch", 404, "not-found"),
        ("GET", "/v1/consoles/nosuch/attach", 404, "not-found"),
        ("GET", "/nosuch", 404, "not-found"),
        ("POST", "/v1/consoles", 405, "method-not-allowed"),
        ("HEAD", "/v1/consoles", 405, ""),
        ("GET", "/v1/consoles/web01/attach", 400, "bad-request"),
        ("GET", "/v1/consoles/web01/attach?mode=both", 400, "bad-request"),
        ("GET", "/v1/consoles/web01/attach?replay=-1", 400, "bad-request"),
        ("GET", "/v1/consoles/web01/attach?from=1e9", 400, "bad-request"),
        ("GET", "/v1/consoles/web01/attach?preempt=maybe", 400, "bad-request"),
        ("GET", "/v1/events", 400, "bad-request"),
        ("GET", "/v1/consoles/%00%ff", 404, "not-found"),
        ("GET", "//[", 400, "bad-request"),
    ],
)
async def test_refusals(run_dir, method: str, path: str, status: int, code: str):
    """Every wrong request gets its status, and a problem with a stable code."""
    async with running(run_dir, "web01") as house:
        answer = await house.request(method, path)

    assert status == answer.status
    assert "application/problem+json" == answer.headers["content-type"]
    if code:
        assert (code, status) == (answer.json["code"], answer.json["status"])
        assert answer.json["title"]
        assert answer.json["remedy"]


async def test_one_connection_serves_many_requests(run_dir):
    """Keep-alive and pipelining: three requests sent at once are answered in order."""
    one = b"GET /v1/consoles/web01 HTTP/1.1\r\nHost: com1d\r\n\r\n"
    last = b"GET /nosuch HTTP/1.1\r\nHost: com1d\r\nConnection: close\r\n\r\n"
    async with running(run_dir, "web01") as house:
        raw = await house.send_raw(one + one + last)

    assert [200, 200, 404] == [int(part.split()[0]) for part in raw.split(b"HTTP/1.1 ")[1:]]


async def test_body_over_the_bound_is_refused_before_it_is_read(run_dir):
    """A gigabyte announced is refused at its head."""
    head = (
        b"POST /v1/consoles/web01/paste HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n"
    )
    async with running(run_dir, "web01") as house:
        answer = parse(await house.send_raw(head))

    assert (413, "paste-too-long") == (answer.status, answer.json["code"])


async def test_chunked_body_over_the_bound_is_refused(run_dir):
    """A body without a length is cut off at the bound."""
    head = (
        b"POST /v1/consoles/web01/paste HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"100000\r\n" + bytes(0x100000) + b"\r\n"
    async with running(run_dir, "web01") as house:
        raw = await house.send_raw(head + chunk * 3)

    assert raw.startswith(b"HTTP/1.1 413") or raw == b""


async def test_half_a_head_then_silence(run_dir, monkeypatch):
    """A connection that does not finish its request is told so and closed."""
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.05)
    async with running(run_dir, "web01") as house:
        answer = parse(await house.send_raw(b"GET /v1/consoles HTTP/1.1\r\nHo"))

    assert (400, "bad-request") == (answer.status, answer.json["code"])
    assert "within" in answer.json["detail"]


async def test_idle_between_requests_is_closed(run_dir, monkeypatch):
    """A connection that was served and stays silent is closed without a word."""
    monkeypatch.setattr(connection, "IDLE_SECONDS", 0.05)
    async with running(run_dir, "web01") as house:
        raw = await house.send_raw(b"GET /v1/consoles HTTP/1.1\r\nHost: x\r\n\r\n")

    assert raw.startswith(b"HTTP/1.1 200")
    assert 1 == raw.count(b"HTTP/1.1")


async def test_a_gigabyte_without_a_newline(run_dir):
    """A head that never ends is refused at its bound; the daemon holds no more than that."""
    async with running(run_dir, "web01") as house:
        _, writer = await asyncio.open_unix_connection(str(house.api))
        sent = 0
        try:
            while sent < 1 << 30:
                writer.write(b"x" * 65536)
                await writer.drain()
                sent += 65536
        except (ConnectionResetError, BrokenPipeError):
            pass
        await close(writer)

        assert sent < 1 << 23
        assert 200 == (await house.get("/v1/consoles")).status


async def test_over_the_bound_clients_are_refused_politely(run_dir):
    """2,000 idle connections: those past the bound get 503, and those inside go on."""
    async with running(run_dir, "web01", max_clients=200) as house:
        async with house.attach("web01") as inside:
            socks = []
            for _ in range(2000):
                sock = socket.socket(socket.AF_UNIX)
                sock.setblocking(False)
                await connect(sock, str(house.api))
                socks.append(sock)
            answers = [parse(await receive_all(sock)) for sock in socks[-100:]]
            for sock in socks:
                sock.close()
            await inside.ping()

    assert [503] * 100 == [answer.status for answer in answers]
    assert {"too-many-clients"} == {answer.json["code"] for answer in answers}


async def connect(sock: socket.socket, path: str) -> None:
    """Connect, waiting where the backlog is full: asyncio does not for Unix sockets."""
    async with asyncio.timeout(PATIENCE):
        while True:
            with suppress(BlockingIOError):
                sock.connect(path)
                return
            await asyncio.sleep(0.001)


async def receive_all(sock: socket.socket) -> bytes:
    loop, whole = asyncio.get_running_loop(), b""
    async with asyncio.timeout(PATIENCE):
        while data := await loop.sock_recv(sock, 65536):
            whole += data
    return whole


def openings(seed: int, count: int) -> list[bytes]:
    """Random openings: pure noise, noise after a good beginning, and good requests with damage."""
    dice = random.Random(seed)
    good = (
        b"GET /v1/consoles/web01/attach HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
        b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: com1.v1\r\n\r\n"
    )
    made = []
    for _ in range(count):
        noise = dice.randbytes(dice.randrange(1, 300))
        cut = dice.randrange(len(good))
        damaged = bytearray(good)
        damaged[dice.randrange(len(good))] = dice.randrange(256)
        made.append(dice.choice((noise, good[:cut] + noise, bytes(damaged) + noise, good + noise)))
    return made


@pytest.mark.one_loop
@pytest.mark.timeout(300)
async def test_garbage_on_every_socket(run_dir):
    """10,000 random openings: nobody else notices, and nothing of them stays."""
    async with running(run_dir, "web01", "quiet") as house:
        guest = house.guest("quiet").start()
        await house.up("quiet")
        async with house.attach("quiet") as bystander:
            paths = (house.api, house.socket("web01"), house.socket("web01.observe"))
            for batch in range(100):
                sent = [
                    one_opening(str(paths[n % 3]), opening)
                    for n, opening in enumerate(openings(batch, 100))
                ]
                await asyncio.gather(*sent)
            await house.until(lambda: house.service.sessions == 1)
            guest.print(b"undisturbed")
            message = b""
            async with asyncio.timeout(PATIENCE):
                while b"undisturbed" not in message:
                    received = await bystander.recv()
                    message = received if isinstance(received, bytes) else message
        await house.until(lambda: not len(house.service.connections) + house.service.sessions)
        guest.stop()


async def one_opening(path: str, opening: bytes) -> None:
    """Send an opening, shut down, and read whatever comes: a refusal, a line, or the end."""
    with socket.socket(socket.AF_UNIX) as sock:
        sock.setblocking(False)
        await connect(sock, path)
        try:
            sock.send(opening)
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            return


async def test_an_unexpected_error_is_a_500_and_the_daemon_lives(run_dir, monkeypatch, capsys):
    """A bug in one answer is told to its client and to the log, and to nobody else.

    The log has the kind and the place, and the route; not the error's text or the request's
    target, which have words of guests and users.
    """

    def broken_off(_console, _access):
        raise ValueError("what the guest said")

    async with running(run_dir, "web01") as house:
        with monkeypatch.context() as broken:
            broken.setattr(consoles, "describe", broken_off)
            failed: Answer = await house.get("/v1/consoles/web01?note=typed")
        fine = await house.get("/v1/consoles/web01")

    assert (500, "internal-error") == (failed.status, json.loads(failed.body)["code"])
    assert 200 == fine.status
    (line,) = (each for each in capsys.readouterr().err.splitlines() if "request.failed" in each)
    told = json.loads(line)
    assert ("GET /v1/consoles/{name}", "ValueError") == (told["route"], told["error"])
    assert told["at"][-1].startswith("test_http.py:")
    assert not {word for word in ("web01", "typed", "said") if word in line}


async def test_an_answer_that_fails_in_its_middle_is_cut_short():
    """What broke off can be told from what is whole, and nobody waits for the rest."""
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    poller = Poller(asyncio.get_running_loop(), HoldTimes())
    failed, gone = [], []

    async def pieces():
        yield b"some"
        raise OSError("the disk is gone")

    async def answer(request):
        return Response(body=pieces())

    HttpConnection(
        ours, None, Door(answer, Bodies()), poller,
        failed=lambda *what: failed.append(what), gone=gone.append,
    )  # fmt: skip
    reader, writer = await asyncio.open_unix_connection(sock=theirs)
    writer.write(b"GET /log HTTP/1.1\r\nHost: com1d\r\n\r\n")
    async with asyncio.timeout(PATIENCE):
        got = await reader.read()
    await close(writer)
    poller.close()

    assert b"some" in got
    assert not got.endswith(b"0\r\n\r\n")
    assert [("/log", "the disk is gone")] == [(what.path, str(error)) for what, error in failed]
    assert 1 == len(gone)


@pytest.mark.one_loop
async def test_a_request_is_answered_though_its_readiness_is_told_twice(run_dir, monkeypatch):
    """The poller may tell late of what was read meanwhile: that is no hang-up."""
    async with running(run_dir, "web01") as house:
        told = []
        poller = house.service.poller
        add = poller.add

        def noted(fd, events, ready) -> None:
            told.append(ready)
            add(fd, events, ready)

        monkeypatch.setattr(poller, "add", noted)
        house.service.connections.pause()
        asking = asyncio.create_task(house.get("/v1/consoles"))
        await house.until(lambda: told)
        for _ in range(100):
            await asyncio.sleep(0)
            told[-1](IN)
        house.service.connections.go_on()

        assert 200 == (await asking).status

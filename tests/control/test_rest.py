"""One HTTP request on a Unix socket, and what servers may do to it."""

import asyncio

import pytest

from com1d.control import ControlRefused
from com1d.control.attempt import HungUp
from com1d.control.rest import BODY_BYTES, request
from com1d.errors import NotRunning
from control.server import listening


def saying(*pieces: bytes, asked: list[bytes] | None = None):
    """Make a server that answers with these bytes, piece by piece, and hangs up."""

    async def serve(reader, writer):
        head = await reader.readuntil(b"\r\n\r\n")
        if asked is not None:
            asked.append(head)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0)

    return serve


async def ask(path):
    """Ask for something."""
    return await request(str(path), "web01", "PUT", "/api/v1/vm.nmi")


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([b"HTTP/1.1 204 \r\nServer: Cloud Hypervisor API\r\n\r\n"], (204, b"")),
        ([b"HTTP/1.1 200 OK\r\nContent-Le", b"ngth: 5\r\n\r\nhe", b"llo"], (200, b"hello")),
        ([b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"],
         (200, b"hi")),
        ([b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"],
         (500, b"")),
    ],
)  # fmt: skip
async def test_answers(run_dir, pieces, expected):
    """Status and body come back, however they are cut into pieces."""
    asked = []
    async with listening(run_dir / "s", saying(*pieces, asked=asked)):
        assert expected == await ask(run_dir / "s")
    assert asked[0].startswith(b"PUT /api/v1/vm.nmi HTTP/1.1\r\nHost: localhost\r\n")
    assert b"content-length" not in asked[0].lower()


@pytest.mark.parametrize(
    "pieces", [[], [b"HTTP/1.1 2"], [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"]]
)
async def test_it_hangs_up(run_dir, pieces):
    """An answer without its end is no answer."""
    async with listening(run_dir / "s", saying(*pieces)):
        with pytest.raises(HungUp):
            await ask(run_dir / "s")


@pytest.mark.parametrize(
    "pieces",
    [
        [b"SSH-2.0-OpenSSH_9.2\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70000 + b"\r\n\r\n"],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 9999999\r\n\r\n", b"x" * BODY_BYTES, b"x" * 65536],
    ],
    ids=["ssh", "head", "body"],
)
async def test_it_does_not_speak_http(run_dir, pieces):
    """Nonsense, and more than anybody needs, is refused."""
    async with listening(run_dir / "s", saying(*pieces)):
        with pytest.raises(ControlRefused, match="does not speak HTTP"):
            await ask(run_dir / "s")


async def test_it_does_not_even_listen(run_dir):
    """A connection that is reset is no answer either."""

    async def serve(reader, writer):
        del reader
        writer.transport.abort()

    async with listening(run_dir / "s", serve):
        with pytest.raises(HungUp):
            await ask(run_dir / "s")


async def test_nobody_is_there(run_dir):
    """Without a server the VM is not running."""
    with pytest.raises(NotRunning):
        await ask(run_dir / "s")


async def test_the_caller_limits_the_time(run_dir):
    """A request can be given up at any moment, and leaves nothing behind."""

    async def serve(reader, writer):
        del writer
        await reader.read()

    async with listening(run_dir / "s", serve):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await ask(run_dir / "s")


async def test_given_up_at_once(run_dir):
    """A request that is given up before it was sent is not sent."""
    asked = []
    async with listening(run_dir / "s", saying(b"HTTP/1.1 204 \r\n\r\n", asked=asked)):
        at_once = asyncio.create_task(ask(run_dir / "s"))
        await asyncio.sleep(0)
        at_once.cancel()
        with pytest.raises(asyncio.CancelledError):
            await at_once
        assert (204, b"") == await ask(run_dir / "s")
    assert 1 == len(asked)

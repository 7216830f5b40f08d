"""Requests to a daemon that is slow, or not one."""

import asyncio

import pytest

from com1d.errors import TooManyClients
from com1d.gateway.daemon import REQUESTS_OF_ONE, Daemon
from com1d.gateway.problems import NotReached
from com1d.gateway.signin.user import User


ANNA, BERT = User("anna"), User("bert")


async def asked(daemon: Daemon, user: User) -> int:
    async with daemon.ask(user, "GET", "/v1/consoles") as answer:
        return answer.status


async def test_one_user_does_not_keep_the_others_waiting(run_dir):
    """Of slow requests one user has sixteen at once; whoever else asks is answered."""
    held: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if b"Com1d-User: bert" in await reader.readuntil(b"\r\n\r\n"):
            answer(writer)
        else:
            held.append(writer)

    def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    server = await asyncio.start_unix_server(serve, run_dir / "s")
    daemon = Daemon(run_dir / "s")
    slow = [asyncio.create_task(asked(daemon, ANNA)) for _ in range(REQUESTS_OF_ONE)]
    while len(held) < REQUESTS_OF_ONE:
        await asyncio.sleep(0.001)
    with pytest.raises(TooManyClients):
        await asked(daemon, ANNA)
    assert 200 == await asked(daemon, BERT)
    for writer in held:
        answer(writer)
    assert [200] * REQUESTS_OF_ONE == await asyncio.gather(*slow)
    await daemon.close()
    server.close()


async def test_no_daemon(run_dir):
    """A socket that is not there, or behind which nobody listens, is said as such."""
    daemon = Daemon(run_dir / "s")
    with pytest.raises(NotReached):
        await asked(daemon, ANNA)
    (run_dir / "s").touch()
    with pytest.raises(NotReached):
        await asked(daemon, ANNA)
    await daemon.close()

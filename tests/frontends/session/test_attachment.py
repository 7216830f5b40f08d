"""Opening a session, and why it did not open or ended."""

import asyncio

import pytest

from com1d.errors import EX_FAILURE, EX_NOPERM, EX_TEMPFAIL, EX_UNAVAILABLE
from com1d.frontends.session.attachment import LinkLostError, Wanted, attach, receive
from com1d.frontends.session.link import ClientError, UnreachableError
from com1d.wire.events import parse
from frontends.double import Double


@pytest.mark.parametrize(
    ("wanted", "query"),
    [
        (Wanted(), ""),
        (Wanted(replay="boot"), "?replay=boot"),
        (Wanted("observe", replay="100"), "?mode=observe&replay=100"),
        (Wanted(preempt=False), "?preempt=false"),
        (Wanted(replay="boot", start=7), "?from=7"),
        (Wanted("observe", start=0, preempt=False), "?mode=observe&from=0&preempt=false"),
    ],
)
def test_what_is_asked_for(wanted, query):
    """Only what differs from the daemon's defaults is in the query."""
    assert query == wanted.query()


async def test_messages(run_dir):
    """Binary frames are bytes, text frames events; what no version knows is passed over."""
    double = Double(run_dir)

    async def story(visit):
        await visit.says(b"\x00bytes")
        await visit.tells("lost", bytes=3)
        await visit._connection.send("no json")
        await visit._connection.send("[1]")
        await visit.tells("of a later version")
        await visit.says(b"more")
        await visit.gone()

    async with double.tells(story):
        connection = await attach(double.socket, "a/b", Wanted())
        got = [await receive(connection) for _ in range(3)]
        await connection.close()

    assert got == [b"\x00bytes", parse({"event": "lost", "bytes": 3}), b"more"]
    assert double.paths == ["/v1/consoles/a%2Fb/attach"]


@pytest.mark.parametrize(
    ("close", "code", "exit_code"),
    [
        (4001, "preempted", EX_TEMPFAIL),
        (4002, "console-disabled", EX_NOPERM),
        (4003, "forbidden", EX_NOPERM),
        (4004, "disconnected", EX_TEMPFAIL),
        (4005, "idle", EX_TEMPFAIL),
        (4008, "too-slow", EX_FAILURE),
        (4999, "closed", EX_FAILURE),
        (1000, "closed", EX_FAILURE),
    ],
)
async def test_endings(run_dir, close, code, exit_code):
    """Each close code is an error with a name, the daemon's reason and an exit code."""
    double = Double(run_dir)
    async with double.tells(lambda visit: visit.ends(close, "because")):
        connection = await attach(double.socket, "g", Wanted())
        with pytest.raises(ClientError) as caught:
            await receive(connection)

    assert (caught.value.code, caught.value.exit_code) == (code, exit_code)
    assert "because" in caught.value.as_line()


@pytest.mark.parametrize("close", [1001, 1012, None])
async def test_a_daemon_that_restarts(run_dir, close):
    """A daemon that stops or dies has not ended the session."""

    async def story(visit):
        visit.dies() if close is None else await visit.ends(close)

    double = Double(run_dir)
    async with double.tells(story):
        connection = await attach(double.socket, "g", Wanted())
        with pytest.raises(LinkLostError):
            await receive(connection)


async def test_a_refusal(run_dir):
    """A problem instead of the upgrade is the problem."""
    double = Double(run_dir)
    double.refusals = [(409, {"code": "busy", "title": "Somebody is there", "detail": "bob"})]
    async with double.tells():
        with pytest.raises(ClientError) as caught:
            await attach(double.socket, "g", Wanted(preempt=False))

    assert caught.value.exit_code == EX_TEMPFAIL
    assert caught.value.as_line() == "com1: busy: Somebody is there. bob"


@pytest.mark.parametrize("answer", [b"", b"garbage\r\n\r\n", b"HTTP/1.1 101 X\r\n\r\n"])
async def test_who_is_no_com1d(run_dir, answer):
    """Whatever else listens there cannot be attached to."""

    async def serve(reader, writer):
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    path = str(run_dir / "s")
    async with await asyncio.start_unix_server(serve, path):
        with pytest.raises(UnreachableError) as caught:
            await attach(path, "g", Wanted())

    assert caught.value.exit_code == EX_UNAVAILABLE


async def test_nobody_there(run_dir):
    """Without a daemon the error says so."""
    with pytest.raises(UnreachableError, match="there is no"):
        await attach(str(run_dir / "none"), "g", Wanted())

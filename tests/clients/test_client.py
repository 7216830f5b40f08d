"""A client: a cursor and a socket, with the same contract for raw and WebSocket clients."""

import asyncio
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from clients.noting import NotingClient
from com1d import wire
from com1d.clients.client import EVENTS_MAX
from com1d.core.stream.ring import Ring
from com1d.line.fanout import Fanout
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes
from com1d.wire.events import Hint
from com1d.wire.outcome import Outcome
from com1d.wire.words import Mode


@dataclass
class Position:
    """What a client keeps in its session."""

    number: int = 7
    console: str = "web01"
    wanted: Mode = Mode.OBSERVE
    start: int = 0
    cursor: int = 0
    lost: int = 0
    window: int = 0
    unacknowledged: int = 0


@dataclass
class Owner:
    """Notes what a client reports."""

    ended: list = field(default_factory=list)
    in_vain: int = 0

    def left(self, number, outcome):
        self.ended.append((number, outcome))

    def refused(self, count):
        self.in_vain += count


@contextmanager
def attached():
    """Have a client whose stream has not begun; its socket holds little."""
    poller = Poller(asyncio.get_running_loop(), HoldTimes())
    owner = Owner()
    client = NotingClient(Position(), poller, owner)  # type: ignore[arg-type]  # grants nothing
    try:
        yield client, Stream(), owner
    finally:
        client.abandon()
        client.far.close()
        poller.close()


class Stream:
    """What a guest prints: a ring, and who is told."""

    def __init__(self) -> None:
        self.ring = Ring(1024)
        self.fanout = Fanout(self.ring.append)
        self.print = self.fanout.deliver


def begin(client, stream) -> None:
    """Begin the stream as `Seating` does."""
    stream.fanout.tell(client.take)
    client.start(stream.ring)
    client.pump()


async def test_bytes_and_events_keep_their_order():
    """An event comes behind the last byte that was printed before it."""
    with attached() as (client, stream, _owner):
        stream.print(b"early ")
        begin(client, stream)
        stream.print(b"one ")
        client.notify(Hint("look"))
        stream.print(b"two")

        assert "early one <hint>two" == client.heard()
        assert (stream.ring.end, 0) == (client.session.cursor, client.session.lost)


async def test_the_stream_begins_at_the_cursor():
    """What was printed before it is not sent."""
    with attached() as (client, stream, _owner):
        stream.print(b"before after")
        client.session.cursor = 7
        begin(client, stream)

        assert "after" == client.heard()


async def test_before_the_stream_begins_events_wait():
    """They are kept for the moment at which it begins."""
    with attached() as (client, stream, _owner):
        client.notify(Hint("look"))
        assert "" == client.heard()

        begin(client, stream)

        assert "<hint>" == client.heard()


async def test_who_waits_is_told_and_shown_nothing():
    """While the guest is being locked, events pass, bytes wait, and nothing is read."""
    with attached() as (client, stream, owner):
        client.notify(Hint("first"))
        client.wait()
        stream.print(b"secret")
        client.notify(Hint("second"))
        client.far.send(b"typed")
        await asyncio.sleep(0)

        assert "<hint><hint>" == client.heard()
        assert 0 == owner.in_vain
        begin(client, stream)
        assert "secret" == client.heard()


async def test_who_does_not_read_is_told_what_was_lost():
    """The ring goes on without him; it is counted, and he goes on at the oldest byte."""
    with attached() as (client, stream, _owner):
        begin(client, stream)
        printed = 0
        while client.session.cursor == printed:
            stream.print(b"x" * 512)
            printed += 512
        for _ in range(8):
            stream.print(b"y" * 512)
            printed += 512

        heard = ""
        while not heard.endswith("y" * 1024):
            heard += client.heard()
            await asyncio.sleep(0)

        assert f"<lost {client.session.lost}>" in heard
        assert printed == client.session.lost + heard.count("x") + heard.count("y")


async def test_too_many_events_end_it():
    """Who does not even take those is sent away, once, as too slow."""
    with attached() as (client, _stream, owner):
        for _ in range(EVENTS_MAX):
            client.notify(Hint("look"))
        assert [] == owner.ended

        client.notify(Hint("look"))
        client.notify(Hint("look"))

        assert [(7, Outcome.TOO_SLOW)] == owner.ended


@pytest.mark.parametrize(("code", "outcome"), [*wire.OUTCOME_OF.items(), (1000, Outcome.LEFT)])
async def test_who_is_sent_away_hears_why(code: int, outcome: Outcome):
    """Everything up to then and the code; the owner hears the outcome that belongs to it."""
    with attached() as (client, stream, owner):
        begin(client, stream)
        stream.print(b"last")
        client.dismiss(code, "because")
        client.dismiss(1000, "again")

        assert f"last<closed {code}>" == client.heard()
        assert [(7, outcome)] == owner.ended


async def test_who_has_no_seat_types_in_vain():
    """It is counted and told."""
    with attached() as (client, stream, owner):
        begin(client, stream)
        client.far.send(b"typed")
        while not owner.in_vain:
            await asyncio.sleep(0)

        assert 5 == owner.in_vain
        assert "<input-refused>" == client.heard()


async def test_a_client_that_hangs_up_is_reported():
    """Its owner hears of it, once."""
    with attached() as (client, stream, owner):
        begin(client, stream)
        client.far.close()
        while not owner.ended:
            await asyncio.sleep(0)
        stream.print(b"to nobody")

        assert [(7, Outcome.LEFT)] == owner.ended

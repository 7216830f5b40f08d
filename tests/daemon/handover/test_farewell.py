"""The last words of a process that was killed, as the next one says them."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
from websockets.frames import Close, Opcode
from websockets.protocol import CLIENT, Protocol, State

from com1d import wire
from com1d.daemon.handover.farewell import send_away
from com1d.loop.lingering import LINGER_MOST, Lingering
from com1d.loop.poller import Poller
from com1d.loop.stalls import HoldTimes


@pytest.fixture
async def lingering() -> AsyncIterator[Lingering]:
    """Have what lingers, and a poller for it."""
    poller = Poller(asyncio.get_running_loop(), HoldTimes())
    some = Lingering(poller)
    yield some
    some.close()
    poller.close()


def sent_away(lingering: Lingering, *, raw: bool, place: int | None) -> socket.socket:
    """Send a client away, and give its end."""
    ours, theirs = socket.socketpair()
    send_away(ours.detach(), lingering, raw=raw, place=place)
    return theirs


async def test_who_is_told_can_answer(lingering):
    """The offset comes first, and the socket is open until the client closes it."""
    with sent_away(lingering, raw=False, place=7) as theirs:
        client = Protocol(CLIENT, state=State.OPEN)
        client.receive_data(theirs.recv(4096))
        told, close = client.events_received()
        answer = b"".join(client.data_to_send())
        theirs.sendall(answer)
        theirs.sendall(b"and more")

        assert {"event": "restarted", "offset": 7} == json.loads(told.data)
        assert (Opcode.CLOSE, wire.CLOSE_RESTARTING) == (close.opcode, Close.parse(close.data).code)
        assert answer
        assert b"" == theirs.recv(1)
        assert 1 == len(lingering)
    while len(lingering):
        await asyncio.sleep(0)


@pytest.mark.parametrize(("raw", "words"), [(True, b"com1d was restarted"), (False, b"")])
async def test_whose_place_is_not_known_hears_the_end(lingering, raw, words):
    """A raw client has it in words; in the middle of a frame there are none."""
    with sent_away(lingering, raw=raw, place=None) as theirs, theirs.makefile("rb") as file:
        said = file.read()

    assert words in said
    assert bool(words) == bool(said)
    assert 0 == len(lingering)


async def test_all_that_a_process_had_can_answer(lingering):
    """However many come to be sent away afterwards."""
    clients = [sent_away(lingering, raw=False, place=0) for _ in range(LINGER_MOST + 9)]

    assert LINGER_MOST + 9 == len(lingering)
    for client in clients:
        client.sendall(b"answer")
        client.close()

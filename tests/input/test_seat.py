"""A seat: who has it types, and who has lost it cannot."""

import asyncio
from dataclasses import dataclass, field

import pytest

from com1d.config import ConsoleConfig, PortAddress
from com1d.core.guest.caution import Caution
from com1d.core.session.idle import Idleness
from com1d.errors import NotRunning
from com1d.input.input import Input
from com1d.input.seat import Seat
from com1d.wire.events import Event


@dataclass
class Holder:
    """A client, as far as its seat knows it."""

    seat: Seat | None = None
    told: list[Event] = field(default_factory=list)
    reads: bool = False

    def notify(self, event):
        self.told.append(event)

    def pause_reading(self):
        self.reads = False

    def resume_reading(self):
        self.reads = True


def sit(holder: Holder, *, idleness: Idleness | None = None) -> Seat:
    """Give `holder` the seat of a console whose port is down."""
    config = ConsoleConfig(name="web01", port=PortAddress("pipe", "/nowhere"))
    way = Input(config, lambda *_: None, lambda: None, bytes)
    return Seat(holder, 7, way, idleness, lambda: None)


async def test_who_has_it_types_and_is_read():
    """Keys go straight to the input, which answers its holder."""
    holder = Holder()
    seat = sit(holder)
    holder.seat.keys(b"abc")

    assert holder.seat is seat
    assert holder.reads
    said = [event.as_json() for event in holder.told]
    assert [("input-refused", 3)] == [(event["event"], event["bytes"]) for event in said]
    assert 0 == seat.typed


async def test_revoked_it_is_gone():
    """Whoever held it has nothing left to type with."""
    holder = Holder()
    sit(holder).revoke()

    assert holder.seat is None


async def test_whatever_its_holder_does_counts_as_activity():
    """Each puts the end of an idle session off."""
    idleness = Idleness(60.0, -100.0)
    seat = sit(Holder(), idleness=idleness)
    for act in (lambda: seat.keys(b"k"), seat.note_activity):
        idleness.note_activity(-100.0)
        act()
        assert idleness.deadline() >= asyncio.get_running_loop().time() - 1


async def test_a_session_that_may_be_idle_for_ever_is_not_timed():
    """Without a limit there is nothing to take note of."""
    seat = sit(Holder())
    seat.keys(b"k")
    seat.note_activity()

    assert seat.idleness is None


async def test_what_cannot_be_sent_is_a_problem():
    """Operations, unlike keys, are answered."""
    seat = sit(Holder())
    with pytest.raises(NotRunning):
        seat.paste("text", verify=False)
    with pytest.raises(NotRunning):
        seat.press(["F8"])


async def test_doubt_keeps_what_was_typed_so_far():
    """As long as the guest may be Windows it is one and the same line that is followed."""
    seat = sit(Holder())
    seat.doubt(windows=True)
    caution = seat.caution
    seat.doubt(windows=True)
    assert isinstance(caution, Caution)
    assert caution is seat.caution

    seat.doubt(windows=False)
    assert seat.caution is None

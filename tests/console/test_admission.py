"""Letting somebody in: judged, written down, judged again, and each beginning has an end."""

import asyncio
import os

import pytest

from com1d.access.peer import Caller
from com1d.console.admission import admit, drop, judge, shown
from com1d.console.site import Site
from com1d.core.access.policy import Peer, Verb
from com1d.errors import AuditUnavailable, Busy, ConsoleDisabled, NotFound
from com1d.guest.looks import Looks
from com1d.telemetry import facts
from com1d.telemetry.departed import Departed
from com1d.wire.words import Mode
from house import House, running


ME = Caller(Peer(os.geteuid(), os.getegid(), frozenset(), "me"), os.getpid(), "test")
STRANGER = Caller(Peer(20001, 20001, frozenset(), "stranger"), 1, "test")


def site(house: House, *, commit=None) -> tuple[Site, list]:
    """Give what admission needs of a running daemon, and the facts that are told from now on."""
    told: list = []
    service = house.service

    async def note(fact) -> None:
        told.append(fact)

    return Site(
        poller=service.poller, ticker=service.ticker, watcher=service.watcher,
        doors=service.doors,
        callers=service.callers, access=service.access, board=service.board, audit=service.audit,
        hooks=service.hooks, looks=Looks(asyncio.get_running_loop(), service.holds),
        library=service.library, attendance=service.attendance,
        tasks=service.tasks, full=service.full, full_for=service.full_for,
        record=told.append, commit=commit or note, consoles=service.consoles,
        budget=service.budget, lingering=service.lingering, vault=service.vault,
        departed=Departed(),
    ), told  # fmt: skip


async def test_the_beginning_is_written_before_anything_else(run_dir):
    """Who is let in gets a session with a number, and its line stands already."""
    async with running(run_dir, "web01") as house:
        desk, told = site(house)
        session, console = await admit(desk, ME, "web01", Mode.OBSERVE, "raw")

    assert console.name == session.console == "web01"
    assert [session.began_fact()] == told
    assert (ME, Mode.OBSERVE, "raw") == (session.caller, session.wanted, session.via)


async def test_who_is_not_let_in_is_written_down(run_dir):
    """A stranger learns nothing, and has no session."""
    async with running(run_dir, "web01") as house:
        desk, told = site(house)
        with pytest.raises(NotFound):
            await admit(desk, STRANGER, "web01", Mode.ACTIVE, "raw")

    assert [("attach.refused", "not-found")] == [(fact.event, fact.outcome) for fact in told]


async def test_everything_is_asked_again_after_the_wait(run_dir):
    """What changed while the line was written keeps him out, and his beginning has an end."""
    async with running(run_dir, "web01") as house:
        told: list = []

        async def slow(fact) -> None:
            told.append(fact)
            house.service.board.turn_off("web01", "an owner")

        desk, noted = site(house, commit=slow)
        with pytest.raises(ConsoleDisabled):
            await admit(desk, ME, "web01", Mode.ACTIVE, "raw")

    (began,), (ended,) = told, noted
    assert isinstance(ended, facts.SessionEnded)
    assert (began.session, "console-disabled") == (ended.session, ended.outcome)


async def test_an_audit_that_fails_lets_nobody_in(run_dir):
    """The session that began in vain ends with the reason."""
    async with running(run_dir, "web01") as house:

        async def broken(_fact) -> None:
            raise AuditUnavailable("the disk is full")

        desk, noted = site(house, commit=broken)
        with pytest.raises(AuditUnavailable):
            await admit(desk, ME, "web01", Mode.ACTIVE, "raw")

    assert ["audit-unavailable"] == [fact.outcome for fact in noted]


async def test_what_speaks_against_it_is_asked_before_and_after(run_dir):
    """A seat that was free may be taken by then."""
    async with running(run_dir, "web01") as house:
        desk, noted = site(house)
        asked: list = []

        def check(console) -> None:
            asked.append(console.name)
            if len(asked) > 1:
                raise Busy("somebody was faster")

        with pytest.raises(Busy):
            await admit(desk, ME, "web01", Mode.ACTIVE, "raw", check)

    assert ["web01", "web01"] == asked
    assert ["ok", "busy"] == [getattr(fact, "outcome", "ok") for fact in noted]


async def test_who_went_away_has_an_end(run_dir):
    """Nothing was delivered, nothing typed."""
    async with running(run_dir, "web01") as house:
        desk, noted = site(house)
        session, _ = await admit(desk, ME, "web01", Mode.ACTIVE, "raw")
        drop(desk, session)

    assert ("left", 0, 0, 0) == (
        noted[-1].outcome, noted[-1].typed, noted[-1].delivered, noted[-1].lost
    )  # fmt: skip


async def test_judging_finds_a_console_or_says_nothing(run_dir):
    """What does not exist and what may not be seen are told apart by nobody."""
    async with running(run_dir, "web01") as house:
        desk, _ = site(house)
        assert "web01" == judge(desk, ME, "web01", Verb.LIST).name
        for caller, name in ((ME, "web99"), (STRANGER, "web01")):
            with pytest.raises(NotFound, match="no console of that name"):
                judge(desk, caller, name, Verb.LIST)


def test_a_long_name_is_shown_in_part():
    """Anybody can ask for anything, but the audit stays readable."""
    assert "web01" == shown("web01")
    assert ("x" * 63 + "…") == shown("x" * 1000)

"""How a client gets in: judged, written into the audit, judged again, and only then attached."""

import asyncio
from collections.abc import Callable
from typing import Final

from com1d import wire
from com1d.access.peer import Caller
from com1d.console.console import Console
from com1d.console.site import Site
from com1d.core.access.policy import Verb
from com1d.errors import BootDiagnosticsRequired, NotFound, Problem
from com1d.sessions.session import Session, new_number
from com1d.telemetry import facts
from com1d.wire.outcome import Outcome
from com1d.wire.words import Mode


NAME_SHOWN: Final = 64
"""Characters of a console's name in the audit: names have 63, but anything can be asked for."""

NEEDED: Final = {Mode.ACTIVE: Verb.ATTACH, Mode.OBSERVE: Verb.OBSERVE}
"""What a client asks for when it attaches."""


async def admit(
    site: Site,
    caller: Caller,
    name: str,
    mode: Mode,
    via: str,
    check: Callable[[Console], None] = lambda _: None,
) -> tuple[Session, Console]:
    """Let a client in, or raise the `Problem` that keeps it out; either is in the audit.

    `check` raises what speaks against it beyond the policy. It is asked again after the wait for
    the audit, in which roles, switches and sessions may have changed. Who awaits this has to
    attach, or `drop` the session, before it lets the loop go on.
    """
    try:
        check(judge(site, caller, name, NEEDED[mode]))
        site.audit.demand()
    except Problem as problem:
        refusal = facts.AttachRefused(
            caller.who, shown(name), None, mode.value, via, outcome=problem.code
        )
        site.record(refusal)
        raise
    session = Session(new_number(), name, caller, mode, via)
    try:
        await site.commit(session.began_fact())
        console = judge(site, caller, name, NEEDED[mode])
        check(console)
    except BaseException as error:
        drop(site, session, error)
        raise
    return session, console


def drop(site: Site, session: Session, error: BaseException | None = None) -> None:
    """Note that nothing came of a session, so that the audit has an end for each beginning."""
    outcome = error.code if isinstance(error, Problem) else Outcome.LEFT
    site.record(session.ended_fact(outcome, 0.0))


def judge(site: Site, caller: Caller, name: str, verb: Verb) -> Console:
    """Find a console that `caller` may do `verb` with, or raise the problem with it."""
    console = site.consoles.get(name)
    site.access.demand(caller, name, verb, console.config if console else None)
    if console is None:  # `demand` has raised the same
        raise NotFound
    return console


async def judge_again(site: Site) -> None:
    """Send those away who would not be let in any more, a console at a time."""
    for console in tuple(site.consoles.values()):
        for session in console.seating.sessions():
            try:
                site.access.demand(
                    session.caller, console.name, NEEDED[session.wanted], console.config
                )
            except BootDiagnosticsRequired as problem:
                console.seating.dismiss(session, wire.CLOSE_DISABLED, problem.detail)
            except Problem:
                why = "your role on this console was taken away"
                console.seating.dismiss(session, wire.CLOSE_FORBIDDEN, why)
        await asyncio.sleep(0)


def shown(name: str) -> str:
    """Shorten a name that somebody asked for."""
    return name if len(name) <= NAME_SHOWN else name[: NAME_SHOWN - 1] + "…"

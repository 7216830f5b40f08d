"""Admission of a client: tested, written into the audit, tested again, and only then attached."""

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
"""Characters of a requested name in the audit: consoles' names have 63, requests have any
number."""

NEEDED: Final = {Mode.ACTIVE: Verb.ATTACH, Mode.OBSERVE: Verb.OBSERVE}
"""The verb that each mode of an attach needs."""


async def admit(
    site: Site,
    caller: Caller,
    name: str,
    mode: Mode,
    via: str,
    check: Callable[[Console], None] = lambda _: None,
) -> tuple[Session, Console]:
    """Let a client in, or raise the `Problem` that refuses it; both are audited.

    `check` raises problems beyond the policy. It is called again after the wait for the audit, in
    which roles, switches and sessions may have changed. The caller has to attach, or `drop` the
    session, before it lets the loop go on.
    """
    try:
        console = judge(site, caller, name, NEEDED[mode])
        check(console)
        site.audit.demand()
        await console.identity.settled()
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
    """Note in the audit that a session ended before it began, so that each beginning has an end."""
    outcome = error.code if isinstance(error, Problem) else Outcome.LEFT
    site.record(session.ended_fact(outcome, 0.0))


def judge(site: Site, caller: Caller, name: str, verb: Verb) -> Console:
    """Find a console on which `caller` may do `verb`, or raise the problem."""
    console = site.consoles.get(name)
    if (missing := site.missing(caller, name)) is not None:
        raise NotFound(f"{name} is not served: {missing.reason}")
    site.access.demand(caller, name, verb, console.config if console else None)
    if console is None:  # `demand` has raised `NotFound` for an unknown console
        raise NotFound
    return console


async def judge_again(site: Site) -> None:
    """Close the sessions that would no longer be let in, one console after the other."""
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
    """Shorten a requested name for the audit."""
    return name if len(name) <= NAME_SHOWN else name[: NAME_SHOWN - 1] + "…"

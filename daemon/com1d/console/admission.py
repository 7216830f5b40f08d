"""How a client gets in: judged, written into the audit, judged again, and only then attached."""

from collections.abc import Callable
from typing import Final, Protocol, TypeVar

from com1d.access.access import Access
from com1d.access.peer import Caller
from com1d.audit.audit import Audit
from com1d.console.console import Console
from com1d.core.access.policy import Verb
from com1d.errors import NotFound, Problem
from com1d.sessions.seating import new_session
from com1d.telemetry import facts
from com1d.wire.words import Mode


NAME_SHOWN: Final = 64
"""Characters of a console's name in the audit: names have 63, but anything can be asked for."""

NEEDED: Final = {Mode.ACTIVE: Verb.ATTACH, Mode.OBSERVE: Verb.OBSERVE}
"""What a client asks for when it attaches."""

T = TypeVar("T")


class House(Protocol):
    """What letting somebody in needs of the daemon."""

    consoles: dict[str, Console]
    access: Access
    audit: Audit

    def record(self, fact: facts.Fact) -> None:
        """Tell the log, the event stream and the audit what happened."""

    async def commit(self, fact: facts.Fact) -> None:
        """Do the same, and wait for the audit. Raises `AuditUnavailable`."""


class Admission:
    """Leave to attach, which is in the audit. Attach now, or `drop` it."""

    __slots__ = ("_house", "caller", "console", "mode", "session", "via")

    def __init__(self, house: House, caller: Caller, name: str, mode: Mode, via: str) -> None:
        """Give the session its number."""
        self._house = house
        self.caller = caller
        self.console = name
        self.mode = mode
        self.via = via
        self.session = new_session()

    def began(self) -> facts.SessionBegan:
        """Give the line that has to be written before the client is let in."""
        return facts.SessionBegan(
            self.caller.who, self.console, self.session, self.mode.value, self.via
        )

    def drop(self, outcome: str = "left") -> None:
        """Note that nothing came of it, so that the audit has an end for each beginning."""
        self._house.record(
            facts.SessionEnded(
                self.caller.who, self.console, self.session, self.mode.value, self.via,
                outcome, typed=0, delivered=0, lost=0, seconds=0.0,
            )
        )  # fmt: skip


async def admit(
    house: House,
    caller: Caller,
    name: str,
    mode: Mode,
    via: str,
    check: Callable[[Console], T],
) -> tuple[Admission, Console, T]:
    """Let a client in, or raise the `Problem` that keeps it out; either is in the audit.

    `check` raises what speaks against it beyond the policy. It is asked again after the wait for
    the audit, in which roles, switches and sessions may have changed. Who awaits this has to
    attach before it lets the loop go on.
    """
    try:
        check(judge(house, caller, name, NEEDED[mode]))
        house.audit.demand()
    except Problem as problem:
        refusal = facts.AttachRefused(
            caller.who, shown(name), None, mode.value, via, outcome=problem.code
        )
        house.record(refusal)
        raise
    admission = Admission(house, caller, name, mode, via)
    try:
        await house.commit(admission.began())
        console = judge(house, caller, name, NEEDED[mode])
        return admission, console, check(console)
    except BaseException as error:
        admission.drop(error.code if isinstance(error, Problem) else "left")
        raise


def judge(house: House, caller: Caller, name: str, verb: Verb) -> Console:
    """Find a console that `caller` may do `verb` with, or raise the problem with it."""
    console = house.consoles.get(name)
    house.access.demand(caller, name, verb, console.config if console else None)
    if console is None:  # `demand` has raised the same
        raise NotFound
    return console


def shown(name: str) -> str:
    """Shorten a name that somebody asked for."""
    return name if len(name) <= NAME_SHOWN else name[: NAME_SHOWN - 1] + "…"

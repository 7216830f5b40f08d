"""`POST /v1/consoles/NAME/sac`: channels of the Special Administration Console, without a terminal.

Command Prompts are opened up to the question for a user. No credentials go further, ever.
"""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, Final, NamedTuple

from com1d import wire
from com1d.access.peer import Caller
from com1d.api.operation import Answer, Operation
from com1d.audit.entry import Details
from com1d.console.console import Console
from com1d.core.access.policy import Verb
from com1d.core.guest import sac
from com1d.core.guest.dialogue import Done, Failed, Talk
from com1d.core.guest.states import LINUX, SAC_STATES
from com1d.errors import BadRequest, PasteStopped, PortTimeout, Unsupported
from com1d.input.conversation import Stopped, converse


SECONDS: Final = 60.0
"""The longest conversation: twenty seconds for a Command Prompt, twelve for what is around it, and
pages of earlier output to turn before."""


class _Way(NamedTuple):
    """One thing to do: the conversation, and what is answered at its end."""

    talk: Callable[..., Talk]
    answer: Callable[[Done], dict[str, Any]]
    named: bool = False
    """Whether it is done to a channel, by name."""


DO: Final = {
    "channels": _Way(
        sac.list_channels, lambda end: {"channels": [*map(asdict, sac.channels(end.answer))]}
    ),
    "cmd": _Way(sac.open_cmd, lambda end: {"channel": end.name}),
    "next": _Way(sac.next_channel, lambda end: {"channel": end.name}),
    "switch": _Way(sac.switch, lambda end: {"channel": end.name}, named=True),
    "close": _Way(sac.close, lambda end: {"closed": end.name}, named=True),
}
"""By what the request says."""


async def converse_with_sac(console: Console, caller: Caller, body: dict[str, Any]) -> Answer:
    """`{"do": "channels"}`, `cmd`, `next`, or `switch` and `close` with a `"channel"`."""
    do = wire.field(body, "do", str)
    if (way := DO.get(do)) is None:
        raise BadRequest(f'"do" must be one of {", ".join(DO)}')
    name = wire.field(body, "channel", str) if way.named else ""
    _demand_sac(console)
    session = console.seating.demand(caller)
    talk = way.talk(name) if way.named else way.talk()
    return way.answer(_whole(console, await converse(console.input, session, talk, SECONDS)))


def _demand_sac(console: Console) -> None:
    """Raise `Unsupported` where ESC TAB could mean something else: in a boot menu, "leave"."""
    if console.config.guest == LINUX:
        raise Unsupported(f"{console.name}: SAC belongs to Windows, and the guest is Linux")
    state = console.watch.state
    if state not in SAC_STATES:
        raise Unsupported(
            f"{console.name}: the guest is not at SAC, by the look of its output: {state}. If its "
            "screen is only blank, press Enter there first"
        )


def _whole(console: Console, end: Done | Failed) -> Done:
    match end:
        case Done():
            return end
        case Stopped(reason=reason):
            raise PasteStopped(f"{console.name}: SAC: {reason}")
        case Failed(reason=reason, refused=True):
            raise Unsupported(f"{console.name}: {reason}")
        case Failed(reason=reason):
            raise PortTimeout(f"{console.name}: {reason}")


def _done(body: dict[str, Any], _answer: Answer) -> Details:
    return {"sac": str(body["do"])}


SAC: Final = Operation(Verb.SAC, converse_with_sac, done=_done)

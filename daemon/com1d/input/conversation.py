"""A conversation with a console's guest: a `Dialogue` of `core.guest`, carried out on its line.

It holds a lease of the line. Keys typed meanwhile wait behind it, and Ctrl-C stops it.
"""

import asyncio
from collections.abc import Callable, Iterable

from com1d.core.guest.dialogue import Command, Dialogue, Done, Failed, Talk
from com1d.core.guest.portion import LOOK_MAX
from com1d.core.paste.delivery import Send
from com1d.core.session.session import SessionId
from com1d.input.input import Input
from com1d.input.lease import Outcome
from com1d.input.lease import Stopped as Ended


class Stopped(Failed):
    """It was stopped from outside: by Ctrl-C, a preemption, or a port that went down."""


class Conversation:
    """One conversation. It reads the guest's output only while it lasts, and has one timer."""

    __slots__ = (
        "_bound", "_dialogue", "_ended", "_lease", "_loop", "_over", "_session", "_timer", "_way",
    )  # fmt: skip

    def __init__(
        self,
        way: Input,
        session: SessionId,
        talk: Talk,
        seconds: float,
        ended: Callable[[Done | Failed], None],
    ) -> None:
        """Begin it, for at most `seconds`; `ended` is called at its end, never within this call.

        Raises `Problem`, with nothing sent, where the line is down or leased.
        """
        self._loop = asyncio.get_running_loop()
        self._way = way
        self._session = session
        self._ended = ended
        self._over = False
        self._timer: asyncio.TimerHandle | None = None
        self._dialogue = Dialogue(talk)
        now = self._loop.time()
        self._bound = now + seconds
        commands = self._dialogue.begin(now)
        self._lease = way.claim(session, self._hear)
        self._lease.done.add_done_callback(self._released)
        self._loop.call_soon(self._carry_out, commands)

    def cancel(self, why: str = "cancelled") -> None:
        """End it where it is."""
        self._end(Stopped(why))

    def _hear(self, data: bytes) -> None:
        self._carry_out(self._dialogue.guest_spoke(data[-LOOK_MAX:], self._loop.time()))

    def _expire(self) -> None:
        self._timer = None
        now = self._loop.time()
        if now >= self._bound:
            self._end(Failed("it took too long"))
        else:
            self._carry_out(self._dialogue.expire(now))

    def _carry_out(self, commands: Iterable[Command]) -> None:
        if self._over or self._lease.done.done():
            return  # the end of the lease tells why
        for command in commands:
            if isinstance(command, Send):
                self._way.send(self._session, command.data)
            else:
                self._end(command)
                return
        self._arm()

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        due = self._dialogue.deadline()
        self._timer = self._loop.call_at(min(self._bound, due or self._bound), self._expire)

    def _released(self, done: asyncio.Future[Outcome]) -> None:
        if not done.cancelled() and isinstance(outcome := done.result(), Ended):
            self._end(Stopped(outcome.why))

    def _end(self, outcome: Done | Failed) -> None:
        if self._over:
            return
        self._over = True
        self._dialogue.cancel()
        if self._timer is not None:
            self._timer.cancel()
        self._way.release(self._lease)
        self._ended(outcome)


async def converse(way: Input, session: SessionId, talk: Talk, seconds: float) -> Done | Failed:
    """Hold a conversation; give its end. Raises `Problem` where it cannot begin."""
    end: asyncio.Future[Done | Failed] = asyncio.get_running_loop().create_future()

    def ended(outcome: Done | Failed) -> None:
        if not end.done():
            end.set_result(outcome)

    conversation = Conversation(way, session, talk, seconds, ended)
    try:
        return await end
    finally:
        conversation.cancel("its client went away")

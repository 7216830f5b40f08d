"""The way in of one console: from what the active session types or pastes to the port.

One writer at a time. What a client sends is judged by the burst limit, keys are translated to the
guest's profile, and the result goes to the line's queue, which the line drains at its rate. A paste
(or SysRq) has the line to itself: keys typed meanwhile wait behind it, and Ctrl-C cancels it.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

from com1d.config import ConsoleConfig
from com1d.core.keys import translator
from com1d.core.keys.keys import Profile, parse, resolve
from com1d.core.paste import burst, delivery, paste
from com1d.core.paste.steady import NEIGHBOUR_WAIT
from com1d.core.paste.transfer import Transfer
from com1d.core.session.session import SessionId
from com1d.errors import Busy, NotRunning, PasteStopped, Problem
from com1d.input.hands import Hands, Typist, Work
from com1d.input.outbox import Outbox
from com1d.line.feed import Feed
from com1d.wire import events


CANCEL: Final = 0x03
"""Ctrl-C: cancels a paste, and then means to the guest what it always means."""

BEHIND_BYTES: Final = 65536
"""Keys that wait behind a paste. The client is not read while any wait, so this is one read."""


class Input:
    """Owned by a console, for as long as the console lives; lines and sessions come and go."""

    __slots__ = (
        "_behind", "_config", "_discarded", "_hands", "_hears", "_loop", "_out", "_state",
        "_timer", "_turned", "_work", "listening",
    )  # fmt: skip

    def __init__(
        self,
        config: ConsoleConfig,
        state: Callable[[], str],
        discarded: Callable[[int], None],
        turned: Callable[[], None],
    ) -> None:
        """Type for a console.

        `state` gives its guest's state, `discarded` counts lost bytes, and `turned` is called when
        `listening` is another.
        """
        self._config = config
        self._state = state
        self._discarded = discarded
        self._turned = turned
        self._loop = asyncio.get_running_loop()
        self._out = Outbox()
        self._hands: Hands | None = None
        self._work: Work | None = None
        self._behind = bytearray()
        """Typed behind the paste, not translated yet."""
        self._hears = True
        """Whether the client is read, or what it types waits in its socket."""
        self._timer: asyncio.TimerHandle | None = None
        self.listening = False
        """Whether `guest_spoke` matters now: not while nobody waits for the guest's answer."""

    @property
    def connected(self) -> bool:
        """Whether there is a line to type into."""
        return self._out.feed is not None

    # -- lines and sessions come and go -------------------------------------------------------

    def line_up(self, feed: Feed) -> None:
        """Type into `feed` from now on."""
        self._out.feed = feed

    def line_down(self) -> int:
        """Forget the line; give how many typed bytes it never took."""
        count = self.cancel("the port went down")
        self._out.feed = None
        return count

    def seat(self, typist: Typist) -> None:
        """Let `typist` type; what an earlier one typed was discarded before."""
        self._hands = Hands(typist, self._config)
        self._hears = True
        self._listen()

    def leave(self) -> None:
        """Let the session go that typed: its paste ends, its last keys still go to the line."""
        if self._work is not None:
            self.cancel("the session ended")
        self._hands = None
        self._listen()

    def rise(self) -> int:
        """Take the keyboard from a preempted session; give how many of its bytes went nowhere."""
        count = self.cancel("the session was preempted")
        if self._hands is not None:
            for command in self._hands.burst.close():
                count += len(command.data) if isinstance(command, burst.Typed) else 0
        self._hands = None
        self._listen()
        return count

    # -- typing -------------------------------------------------------------------------------

    def type(self, data: bytes) -> None:
        """Take what the active session sent as keys."""
        hands = self._hands
        if hands is None:
            return
        if self._out.feed is None:
            self._refuse(len(data), NotRunning.code, "the port is down; not sent")
            return
        now = self._loop.time()
        if hands.burst.passes(data, now):
            self._keys(hands, data, now)
        else:
            for command in hands.burst.feed(data, now):
                self._judged(hands, command)
        self._listen()
        self._arm()

    def _judged(self, hands: Hands, command: burst.Command) -> None:
        match command:
            case burst.Typed(data=data, at=at):
                self._keys(hands, data, at)
            case burst.Pasted(data=data):
                self._paste_bytes(hands, data)
            case burst.Refused():
                self._refuse(0, "paste-too-long", str(command), characters=command.characters)
            case burst.Cut():
                self._refuse(command.size, "paste-too-long", str(command))
            case burst.Unfinished():
                self._refuse(0, "bad-request", str(command))

    def _keys(self, hands: Hands, data: bytes, now: float) -> None:
        if self._work is not None:
            if CANCEL not in data:
                self._behind += data
                self._hear(hands)
                return
            self.cancel("cancelled by Ctrl-C")
        self._translated(hands, hands.keyboard.feed(data, now, self._profile()))

    def _translated(self, hands: Hands, commands: Iterable[translator.Command]) -> None:
        for command in commands:
            if isinstance(command, translator.Write):
                self._send(hands.typist.session, command.data)
            else:
                hands.typist.notify(events.Hint(command.text))

    def _paste_bytes(self, hands: Hands, data: bytes) -> None:
        try:
            self.paste(hands.typist.session, paste.decode(data), hands.typist.notify, verify=False)
        except Problem as problem:
            hands.typist.notify(events.InputRefused.of(problem))

    def press(self, session: SessionId, names: list[str]) -> None:
        """Press keys by name. Raises `Problem` for an unknown key or one that the guest lacks."""
        self._claim()
        keyboard = self._hands.keyboard if self._hands is not None else translator.Translator()
        self._send(session, keyboard.press(map(parse, names), self._profile()))
        self._arm()

    # -- pasting ------------------------------------------------------------------------------

    def paste(
        self,
        session: SessionId,
        text: str,
        report: Callable[[events.Event], None],
        *,
        verify: bool,
    ) -> asyncio.Future[dict[str, Any]]:
        """Begin a paste; the future gives its outcome. Raises `Problem`, and then nothing is sent.

        `report` gets `paste` events on the way.
        """
        at_sac = self._profile() is Profile.SAC
        prepared = paste.prepare(text, self._config.paste_limit, at_sac=at_sac)
        self._claim()
        windows = self._profile() in (Profile.SAC, Profile.VT_UTF8)
        transfer = Transfer(
            prepared.text, verify=verify, at_sac=at_sac,
            neighbour_wait=NEIGHBOUR_WAIT if windows else 0.0,
        )  # fmt: skip
        self._work = Work(transfer, session, report)
        self._listen()
        if self._hands is not None:
            self._hands.keyboard.wrote(prepared.data)
        for warning in prepared.warnings:
            report(events.Hint(warning))
        done = self._work.done
        self._carry_out(transfer.begin(self._loop.time()))
        self._arm()
        return done

    def claim(self, session: SessionId, hear: Callable[[bytes], None] | None = None) -> Work:
        """Take the line for a sequence of `send`s; `release` it, and stop when its `done` is set.

        `hear` gets what the guest prints. Raises `Problem` where the line is down or taken.
        """
        self._claim()
        self._work = Work(None, session, lambda _: None, hear)
        self._listen()
        return self._work

    def release(self, work: Work) -> None:
        """Give the line back."""
        if self._work is work:
            self._finish(work)

    def send(self, session: SessionId, data: bytes) -> None:
        """Send `data` as it is, for whoever holds the line."""
        self._send(session, data)

    def _claim(self) -> None:
        """Make sure that the line is there and nobody else is pasting."""
        if self._out.feed is None:
            raise NotRunning(f"{self._config.name}: the port is down; nothing was sent")
        if self._work is not None:
            raise Busy(f"{self._config.name}: another paste is under way; nothing was sent")

    def _carry_out(self, commands: Iterable[delivery.Command]) -> None:
        work = self._work
        if work is None:
            return
        for command in commands:
            match command:
                case delivery.Send(data=data):
                    self._send(work.session, data)
                case delivery.Progress():
                    work.verified = command.verified
                    work.report(events.PasteProgress(command.sent, command.of, command.verified))
                case delivery.FellBack():
                    work.report(events.Hint(str(command)))
                case delivery.Stopped():
                    self._finish(work, stopped=str(command), position=command.position)
                case delivery.Finished():
                    self._finish(work, sent=command.sent, verified=command.verified)

    def _finish(self, work: Work, **outcome: Any) -> None:
        self._work = None
        self._listen()
        if "stopped" in outcome:
            work.report(
                events.InputRefused(
                    PasteStopped.code, outcome["stopped"],
                    more={"position": outcome.get("position")},
                )
            )  # fmt: skip
        if not work.done.done():
            work.done.set_result({"verified": work.verified} | outcome)
        behind, self._behind = bytes(self._behind), bytearray()
        if self._hands is not None and behind:
            self._keys(self._hands, behind, self._loop.time())
        self._resume()

    def cancel(self, why: str) -> int:
        """Discard whatever is on its way to the line; give how many bytes that was, and tell."""
        count = self._out.discard() + len(self._behind)
        self._behind.clear()
        work = self._work
        if work is not None:
            unsent = work.transfer.cancel() if work.transfer is not None else 0
            count += unsent
            self._finish(work, stopped=f"{why}; {unsent} characters were not sent")
        if count:
            self._discarded(count)
            if self._hands is not None:
                self._hands.typist.notify(events.InputDiscarded(count, why))
        self._resume()
        return count

    # -- to the line --------------------------------------------------------------------------

    def _send(self, session: SessionId, data: bytes) -> None:
        feed = self._out.feed
        if feed is None or not data:
            return
        if feed.queue.owner not in (None, session):
            self._discarded(feed.discard())
        if self._hands is not None:
            self._hands.typist.typed += len(data)
        self._out.send(session, data)
        self._resume()

    def drained(self) -> None:
        """Go on sending: the line's queue has room again."""
        if self._out:
            self._out.drain(self._hands.typist.session if self._hands else 0)
        self._resume()

    def _resume(self) -> None:
        if self._hands is not None:
            self._hear(self._hands)

    def _hear(self, hands: Hands) -> None:
        """Read from the client exactly while nothing of it has to wait."""
        free = not self._out and not self._behind
        if free is self._hears:
            return
        self._hears = free
        hands.typist.listen(hear=free)
        if free:
            hands.burst.resume(self._loop.time())
        else:
            hands.burst.pause()

    # -- time ---------------------------------------------------------------------------------

    def _listen(self) -> None:
        """Tell the console whether to pass on what the guest prints."""
        working = self._work is not None and self._work.listens
        listening = working or (self._hands is not None and self._hands.burst.waits)
        if listening is not self.listening:
            self.listening = listening
            self._turned()

    def guest_spoke(self, data: bytes) -> None:
        """Take what the guest printed: the echo of a paste, or the answer to a script."""
        now = self._loop.time()
        if self._hands is not None:
            self._hands.burst.guest_spoke(now)
            self._listen()
        if self._work is not None and self._work.hear is not None:
            self._work.hear(data)
        elif self._work is not None and self._work.transfer is not None:
            self._carry_out(self._work.transfer.guest_spoke(data, now))
            self._arm()

    def _arm(self) -> None:
        """Set the one timer to whatever is due first."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        due = [time for time in self._deadlines() if time is not None]
        if due:
            self._timer = self._loop.call_at(min(due), self._expire)

    def _deadlines(self) -> list[float | None]:
        times = [self._out.deadline()]
        if self._work is not None and self._work.transfer is not None:
            times.append(self._work.transfer.deadline())
        if self._hands is not None:
            times += (self._hands.burst.deadline(), self._hands.keyboard.deadline())
        return times

    def _expire(self) -> None:
        self._timer = None
        now = self._loop.time()
        hands = self._hands
        if hands is not None:
            for command in hands.burst.expire(now):
                self._judged(hands, command)
            self._listen()
            self._translated(hands, hands.keyboard.expire(now, self._profile()))
        if self._work is not None and self._work.transfer is not None:
            self._carry_out(self._work.transfer.expire(now))
        if hands is not None and (waiting := self._out.stuck(now)):
            text = "the port is not draining: the guest does not read what you type"
            hands.typist.notify(events.NotDraining(waiting, text))
        self._arm()

    def close(self) -> None:
        """Set no timer and call nobody any more: the console is gone."""
        if self._timer is not None:
            self._timer.cancel()
        self._turned = self._discarded = _nothing

    # -- small things -------------------------------------------------------------------------

    def _profile(self) -> Profile:
        return resolve(self._config.keys, self._config.guest, self._state())

    def _refuse(self, count: int, code: str, detail: str, **extra: Any) -> None:
        self._discarded(count)
        if self._hands is not None:
            self._hands.typist.notify(events.InputRefused(code, detail, count, extra))


def _nothing(*_: int) -> None:
    """Tell nobody."""

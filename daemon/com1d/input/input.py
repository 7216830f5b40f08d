"""The way in of one console: from what the active session types or pastes to the port.

Four machines, each of which decides one thing:

`Keyboard`   what of the typing passes the burst limit, and what it is in the guest's codes
`Lease`      who has the line to himself: then keys wait behind, and Ctrl-C ends the lease
`Pasting`    which part of a paste goes out, and when
`Outflow`    how much waits for the line; while it is full, the client is not read

This carries their commands out, and has one timer for all of them.
"""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

from com1d.config import ConsoleConfig
from com1d.core.guest.states import State
from com1d.core.keys.keyboard import BEHIND_BYTES, Command, Interrupt, Keyboard
from com1d.core.keys.keys import Profile, parse, resolve
from com1d.core.keys.translator import Hint, Write
from com1d.core.paste import burst, paste
from com1d.core.paste.steady import NEIGHBOUR_WAIT
from com1d.core.paste.transfer import Transfer
from com1d.core.session.session import SessionId
from com1d.core.stream.transmit import HARD_BYTES
from com1d.errors import Busy, NotRunning, Problem
from com1d.input.lease import Lease, Outcome, Released, Stopped
from com1d.input.pasting import Pasting, Report
from com1d.input.typist import Typist
from com1d.line.outflow import Outflow
from com1d.wire import events


NOT_DRAINING = "the port is not draining: the guest does not read what you type"


class Input:
    """Owned by a console, for as long as the console lives; lines and sessions come and go."""

    __slots__ = (
        "_config", "_discarded", "_due", "_keyboard", "_lease", "_loop", "_outflow", "_pasting",
        "_reads", "_timer", "_turned", "_typist", "listening",
    )  # fmt: skip

    def __init__(
        self,
        config: ConsoleConfig,
        discarded: Callable[[int], None],
        turned: Callable[[], None],
    ) -> None:
        """Type for a console.

        `discarded` counts lost bytes, and `turned` is called when `listening` is another.
        """
        self._config = config
        self._discarded = discarded
        self._turned = turned
        self._loop = asyncio.get_running_loop()
        self._outflow: Outflow | None = None
        """The line; None while the port is down."""
        self._typist: Typist | None = None
        self._keyboard = self._new_keyboard(resolve(config.keys, config.guest, State.BLANK))
        """The typist's, or an untouched one."""
        self._lease: Lease | None = None
        self._pasting: Pasting | None = None
        """The holder of the lease, if that is a paste."""
        self._reads = True
        """Whether the typist's client is read, or what it types waits in its socket."""
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        """When the timer fires."""
        self.listening = False
        """Whether `guest_spoke` matters now: not while nobody waits for the guest's answer."""

    # -- lines, guests and sessions come and go -----------------------------------------------

    def line_up(self, outflow: Outflow) -> None:
        """Type into `outflow` from now on."""
        self._outflow = outflow

    def line_down(self) -> int:
        """Forget the line; give how many typed bytes it never took."""
        count = self.cancel("the port went down")
        self._outflow = None
        return count

    def guest_is(self, state: State) -> None:
        """Use the codes that the guest understands in this state from now on."""
        self._keyboard.profile = resolve(self._config.keys, self._config.guest, state)

    @property
    def profile(self) -> Profile:
        """Which codes the guest understands now."""
        return self._keyboard.profile

    def seat(self, typist: Typist) -> None:
        """Let `typist` type; what an earlier one typed was discarded before."""
        self._unseat()
        self._typist = typist

    def leave(self) -> None:
        """Let the session go that typed: its lease ends, its last keys still go to the line."""
        if self._lease is not None:
            self.cancel("the session ended")
        self._unseat()

    def preempt(self) -> int:
        """Take the keyboard from a preempted session; give how many of its bytes went nowhere."""
        count = self.cancel("the session was preempted")
        count += self._keyboard.close()
        self._unseat()
        return count

    def _unseat(self) -> None:
        self._typist = None
        self._reads = True
        leased, self._keyboard = self._keyboard.leased, self._new_keyboard(self.profile)
        self._keyboard.leased = leased
        self._listen()

    def _new_keyboard(self, profile: Profile) -> Keyboard:
        return Keyboard(self._config.paste_limit, self._config.baud, profile)

    def close(self) -> None:
        """Set no timer any more: the console is gone."""
        if self._timer is not None:
            self._timer.cancel()

    # -- typing -------------------------------------------------------------------------------

    def type(self, data: bytes) -> None:
        """Take what the active session sent as keys."""
        typist, outflow = self._typist, self._outflow
        if typist is None:
            return
        if outflow is None:
            self._refuse(NotRunning.code, "the port is down; not sent", len(data))
            return
        now = self._loop.time()
        commands = self._keyboard.quick(data, now)
        if commands is None:
            self._obey(self._keyboard.feed(data, now))
            self._regulate()
            self._arm()
        else:
            for command in commands:
                self._obey_one(command)
            if outflow.queue.size:
                self._arm()
        if not self.listening:
            self._listen()

    def _obey(self, commands: Iterable[Command]) -> None:
        for command in commands:
            self._obey_one(command)

    def _obey_one(self, command: Command) -> None:
        match command:
            case Write(data=data):
                self._send(self._typist.session if self._typist is not None else 0, data)
            case Hint(text=text):
                self._tell(events.Hint(text))
            case Interrupt(data=data, at=at):
                self.cancel("cancelled by Ctrl-C")
                self._obey(self._keyboard.type(data, at))
            case burst.Pasted(data=data):
                self._paste_marked(data)
            case burst.Refused(characters=characters):
                self._refuse("paste-too-long", str(command), characters=characters)
            case burst.Cut(size=size):
                self._refuse("paste-too-long", str(command), size)
            case burst.Unfinished():
                self._refuse("bad-request", str(command))

    def _paste_marked(self, data: bytes) -> None:
        typist = self._typist
        if typist is None:
            return
        try:
            self.paste(typist.session, paste.decode(data), typist.notify, verify=False)
        except Problem as problem:
            typist.notify({"event": "input-refused"} | problem.as_json())

    def press(self, session: SessionId, names: list[str]) -> None:
        """Press keys by name, all or none.

        Raises `Problem` for an unknown key, for one that the guest lacks, and for a line that is
        down, leased or full.
        """
        outflow = self._demand_line()
        data = self._keyboard.press(map(parse, names))
        if outflow.queue.size + len(data) > HARD_BYTES:
            raise Busy(f"{self._config.name}: the port is not draining; nothing was sent")
        self._send(session, data)
        self._arm()

    # -- the line for one alone ---------------------------------------------------------------

    def paste(
        self, session: SessionId, text: str, report: Report, *, verify: bool
    ) -> asyncio.Future[Outcome]:
        """Begin a paste; the future gives its outcome. Raises `Problem`, and then nothing is sent.

        `report` gets `paste` events on the way.
        """
        at_sac = self.profile is Profile.SAC
        windows = self.profile in (Profile.SAC, Profile.VT_UTF8)
        prepared = paste.prepare(text, self._config.paste_limit, at_sac=at_sac)
        transfer = Transfer(
            prepared.text, verify=verify, at_sac=at_sac,
            neighbour_wait=NEIGHBOUR_WAIT if windows else 0.0,
        )  # fmt: skip
        pasting = Pasting(transfer, lambda data: self._send(session, data), report)
        lease = self._take_line(session, lambda data: self._advance(lease, pasting, data))
        self._pasting = pasting
        self._keyboard.wrote(prepared.data)
        for warning in prepared.warnings:
            report(events.Hint(warning).as_json())
        self._settle(lease, pasting.begin(self._loop.time()))
        return lease.done

    def _advance(self, lease: Lease, pasting: Pasting, data: bytes) -> None:
        self._settle(lease, pasting.guest_spoke(data, self._loop.time()))

    def _settle(self, lease: Lease, end: Outcome | None) -> None:
        """Go on with a paste, or end its lease."""
        if end is not None:
            self._end(lease, end)
        self._arm()

    def claim(self, session: SessionId, hear: Callable[[bytes], None] | None = None) -> Lease:
        """Take the line for a sequence of `send`s; `release` it, and stop when its `done` is set.

        `hear` gets what the guest prints. Raises `Problem` where the line is down or leased.
        """
        return self._take_line(session, hear)

    def _take_line(self, session: SessionId, hear: Callable[[bytes], None] | None) -> Lease:
        self._demand_line()
        self._lease = Lease(session, hear)
        self._keyboard.leased = True
        self._listen()
        return self._lease

    def _demand_line(self) -> Outflow:
        """Give the line. Raises `Problem` where it is down, or another has it to himself."""
        if self._outflow is None:
            raise NotRunning(f"{self._config.name}: the port is down; nothing was sent")
        if self._lease is not None:
            raise Busy(f"{self._config.name}: another paste is under way; nothing was sent")
        return self._outflow

    def release(self, lease: Lease) -> None:
        """Give the line back."""
        self._end(lease, Released())

    def _end(self, lease: Lease, outcome: Outcome) -> None:
        """End a lease, unless that has happened, and type what has waited behind it."""
        if self._lease is not lease:
            return
        self._lease = self._pasting = None
        self._keyboard.leased = False
        lease.end(outcome)
        self._obey(self._keyboard.catch_up(self._loop.time()))
        self._listen()
        self._regulate()

    def cancel(self, why: str) -> int:
        """Discard whatever is on its way to the line; give how many bytes that was, and tell."""
        count = self._keyboard.discard()
        if self._outflow is not None:
            count += self._outflow.discard()
        lease, pasting = self._lease, self._pasting
        if lease is not None:
            self._lease = self._pasting = None
            self._keyboard.leased = False
            outcome, unsent = pasting.cancel(why) if pasting is not None else (Stopped(why), 0)
            count += unsent
            lease.end(outcome)
            self._listen()
        if count:
            self._discarded(count)
            self._tell(events.InputDiscarded(count, why))
        self._regulate()
        return count

    # -- to the line --------------------------------------------------------------------------

    def send(self, session: SessionId, data: bytes) -> None:
        """Send `data` as it is, for whoever has leased the line."""
        self._send(session, data)

    def _send(self, session: SessionId, data: bytes) -> None:
        outflow = self._outflow
        if outflow is None or not data:
            return
        queue = outflow.queue
        if queue.size and queue.owner != session:
            self._discarded(outflow.discard())
        if queue.size + len(data) > HARD_BYTES:
            self._refuse(Busy.code, NOT_DRAINING, len(data))
            return
        if self._typist is not None:
            self._typist.typed += len(data)
        outflow.write(session, data)
        if queue.full:
            self._regulate()

    def drained(self) -> None:
        """Read from the client again: the line's queue was full, and has room."""
        self._regulate()

    def _regulate(self) -> None:
        """Read from the typist's client exactly while what it types has somewhere to go."""
        full = self._outflow is not None and self._outflow.queue.full
        reads = not full and self._keyboard.behind < BEHIND_BYTES
        if self._typist is None or reads is self._reads:
            return
        self._reads = reads
        self._typist.listen(hear=reads)
        if reads:
            self._keyboard.resume(self._loop.time())
        else:
            self._keyboard.pause()

    # -- from the guest -----------------------------------------------------------------------

    def _listen(self) -> None:
        """Tell the console whether to pass on what the guest prints."""
        leased = self._lease is not None and self._lease.hear is not None
        listening = leased or self._keyboard.waits
        if listening is not self.listening:
            self.listening = listening
            self._turned()

    def guest_spoke(self, data: bytes) -> None:
        """Take what the guest printed: the echo of a paste, or the answer to a script."""
        lease = self._lease
        if lease is not None and lease.hear is not None:
            self._keyboard.guest_spoke(self._loop.time())
            lease.hear(data)
        elif self._keyboard.waits:
            self._keyboard.guest_spoke(self._loop.time())
        else:
            # Only now, and not once nothing waits: with the echo of a key the next key is near,
            # and each change makes the console build its list of takers anew.
            self._listen()

    # -- time ---------------------------------------------------------------------------------

    def _arm(self) -> None:
        """Have the timer fire when something is due. One that fires too early is set anew then."""
        due = self._deadline()
        if due is None or (self._timer is not None and self._due <= due):
            return
        if self._timer is not None:
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_at(due, self._expire)

    def _deadline(self) -> float | None:
        times = [self._keyboard.deadline()]
        if self._outflow is not None:
            times.append(self._outflow.deadline())
        if self._pasting is not None:
            times.append(self._pasting.deadline())
        return min((time for time in times if time is not None), default=None)

    def _expire(self) -> None:
        self._timer = None
        now = self._loop.time()
        self._obey(self._keyboard.expire(now))
        if self._lease is not None and self._pasting is not None:
            self._settle(self._lease, self._pasting.expire(now))
        if self._outflow is not None and (waiting := self._outflow.stuck(now)):
            self._tell(events.NotDraining(waiting, NOT_DRAINING))
        self._listen()
        self._arm()

    # -- to the client ------------------------------------------------------------------------

    def _refuse(self, code: str, detail: str, size: int = 0, **more: Any) -> None:
        self._discarded(size)
        self._tell(events.InputRefused(code, detail, size, more))

    def _tell(self, event: events.Event) -> None:
        if self._typist is not None:
            self._typist.notify(event.as_json())

"""The input of one console: from what the active session types or pastes to the port.

Four machines, each of which decides one thing:

`Keyboard`   what of the typing passes the burst limit, and what it is in the guest's codes `Lease`
whether somebody has leased the line: then keys wait, and Ctrl-C ends the lease `Pasting`    which
part of a paste goes out, and when `Outflow`    how much waits for the line; while it is full, the
client is not read

`Input` carries their commands out, and has one timer for all of them.
"""

import asyncio
from collections.abc import Callable, Iterable

from com1d.config import ConsoleConfig
from com1d.core.carry import Packed
from com1d.core.guest.states import State
from com1d.core.keys.keyboard import Command, Interrupt, Keyboard
from com1d.core.keys.keys import Profile, parse, resolve
from com1d.core.keys.translator import Hint, Write
from com1d.core.paste import burst, paste
from com1d.core.paste.bracketed import END, left_open, would_complete
from com1d.core.paste.paste import Paste
from com1d.core.session.session import SessionId
from com1d.core.stream.transmit import HARD_BYTES
from com1d.errors import Busy, NotRunning, PasteStopped, PasteTooLong, Problem
from com1d.input import tenure
from com1d.input.alarm import Alarm
from com1d.input.hands import Hands, Typist, refusal
from com1d.input.lease import Delivered, Lease, Outcome, Released, Stopped
from com1d.input.pasting import Pasting, Report, transfer_of
from com1d.line.outflow import Outflow
from com1d.telemetry.counts import PASTES, none_of
from com1d.wire import events


DISABLED = "the console was disabled"
ENDED = "the session ended"
PORT_DOWN = "the port went down"
PREEMPTED = "the session was preempted"
COMPLETES = (
    "a TAB at this prompt may complete something, since what reads there has not asked for pastes "
    "in brackets; nothing was sent: put blanks for the tabs, or do not verify"
)

_COUNTED_AS = {
    DISABLED: "disabled", ENDED: "left", PORT_DOWN: "port-down", PREEMPTED: "preempted"
}  # fmt: skip
"""How discarded bytes are counted, by why; otherwise somebody has cancelled them."""

NOT_DRAINING = "the port is not draining: the guest does not read what you type"


class Input:
    """Owned by a console, for as long as the console lives; lines and sessions come and go."""

    __slots__ = (
        "_alarm", "_config", "_discarded", "_hands", "_lease", "_loop", "_outflow", "_pasting",
        "_printed", "_turned", "listening", "pastes",
    )  # fmt: skip

    def __init__(
        self,
        config: ConsoleConfig,
        discarded: Callable[[int, str], None],
        turned: Callable[[], None],
        printed: Callable[[], bytes],
    ) -> None:
        """Type for a console.

        `discarded` counts lost bytes by reason; `turned` is called when `listening` is another.
        `printed` gives the end of what the guest has printed since it booted.
        """
        self._config = config
        self._discarded = discarded
        self._turned = turned
        self._printed = printed
        self._loop = asyncio.get_running_loop()
        self._outflow: Outflow | None = None
        """The line; None while the port is down."""
        self._hands = Hands(self._new_keyboard(resolve(config.keys, config.guest, State.BLANK)))
        self._lease: Lease | None = None
        self._pasting: Pasting | None = None
        """The holder of the lease, if that is a paste."""
        self._alarm = Alarm(self._loop, self._expire)
        self.pastes = none_of(PASTES)
        """How many ended how."""
        self.listening = False
        """Whether the guest's output is needed: only while something waits for an echo or an
        answer."""

    @property
    def connected(self) -> bool:
        """Whether there is a line to type into."""
        return self._outflow is not None

    @property
    def keys_waiting(self) -> int:
        """Typed bytes that wait behind a lease."""
        return self._hands.keyboard.behind

    # -- lines, guests and sessions come and go -----------------------------------------------

    def line_up(self, outflow: Outflow) -> None:
        """Type into `outflow` from now on."""
        self._outflow = outflow

    def line_down(self) -> int:
        """Forget the line; give how many typed bytes it never took."""
        count = self._cancel(PORT_DOWN)
        self._outflow = None
        return count

    def guest_is(self, state: State) -> None:
        """Use the key profile that the guest understands in this state from now on."""
        self._hands.keyboard.profile = resolve(self._config.keys, self._config.guest, state)

    @property
    def profile(self) -> Profile:
        """The guest's present key profile."""
        return self._hands.keyboard.profile

    def seat(self, typist: Typist) -> None:
        """Let `typist` type; what an earlier one typed was discarded before."""
        self._change_hands(typist)

    def leave(self) -> None:
        """End the session's typing: its lease ends, its last keys still go to the line."""
        if self._lease is not None:
            self.cancel(ENDED)
        self._change_hands(None)

    def preempt(self) -> int:
        """Take the keyboard from a preempted session; give how many of its bytes went nowhere."""
        count, begun = self.cancel(PREEMPTED), self._hands.keyboard.close()
        self._discarded(begun, _COUNTED_AS[PREEMPTED])
        self._change_hands(None)
        return count + begun

    def _change_hands(self, typist: Typist | None) -> None:
        keyboard = self._new_keyboard(self.profile)
        keyboard.leased = self._lease is not None
        self._hands = Hands(keyboard, typist)
        self._listen()

    def _new_keyboard(self, profile: Profile) -> Keyboard:
        return Keyboard(self._config.paste_limit, self._config.baud, profile)

    @property
    def lease(self) -> Lease | None:
        """Who has leased the line, if anybody has."""
        return self._lease

    def hand_over(self) -> Packed:
        """Give what was typed and is not with the line, and what has leased it."""
        packed = tenure.packed(self._hands, self._lease, self._pasting)
        return packed | {"pastes": self.pastes}

    def take_over(self, packed: Packed) -> None:
        """Go on where another process was; `go_on` follows. Its session is seated already."""
        self.pastes |= packed["pastes"]
        self._lease, self._pasting = tenure.unpacked(packed, self._hands, self._send, self._advance)

    def go_on(self) -> None:
        """Do what became due, and wait for what is due next."""
        self._listen()
        self._regulate()
        self._arm()

    def close(self) -> None:
        """Cancel the timer and drop the callbacks, because the console stops."""
        self._alarm.close()
        self._turned = self._discarded = _nothing
        self._printed = bytes

    # -- typing -------------------------------------------------------------------------------

    def type(self, data: bytes) -> None:
        """Take what the active session sent as keys."""
        hands, outflow = self._hands, self._outflow
        if hands.typist is None:
            return
        if outflow is None:
            text = "the port is down; not sent"
            self._refuse(events.InputRefused(NotRunning.code, text, len(data)))
            return
        now = self._loop.time()
        commands = hands.keyboard.quick(data, now)
        if commands is None:
            self._obey(hands.keyboard.feed(data, now))
            self._regulate()
            self._arm()
        else:
            self._obey(commands)
            if outflow.queue.size:
                self._arm()
        if not self.listening:
            self._listen()

    def _obey(self, commands: Iterable[Command]) -> None:
        for command in commands:
            match command:
                case Write(data=data):
                    self._send(self._hands.session, data)
                case Hint(text=text):
                    self._hands.tell(events.Hint(text))
                case Interrupt(data=data, at=at):
                    self.cancel("cancelled by Ctrl-C")
                    self._obey(self._hands.keyboard.type(data, at))
                case burst.Pasted(data=data):
                    self._paste_marked(data)
                case _:
                    self._refuse(refusal(command))

    def _paste_marked(self, data: bytes) -> None:
        typist = self._hands.typist
        if typist is None:
            return
        try:
            text = paste.decode(data)
            self.paste(typist.session, text, typist.notify, verify=False, run=False)
        except Problem as problem:
            typist.notify(events.InputRefused.of(problem))

    def press(self, session: SessionId, names: list[str]) -> None:
        """Press keys by name, all or none.

        Raises `Problem` for an unknown key, for one that the guest lacks, and for a line that is
        down, leased or full.
        """
        outflow = self._demand_line()
        data = self._hands.keyboard.press(map(parse, names))
        if outflow.queue.size + len(data) > HARD_BYTES:
            raise Busy(f"{self._config.name}: the guest does not read its input; nothing was sent")
        self._send(session, data)
        self._arm()

    # -- leases of the line --------------------------------------------------------------------

    def paste(
        self, session: SessionId, text: str, report: Report, *, verify: bool, run: bool = True
    ) -> asyncio.Future[Outcome]:
        """Begin a paste; the future gives its outcome. Raises `Problem`, and then nothing is sent.

        `report` gets `paste` events on the way. `run`: an Enter at its end acts in any case.
        """
        prepared, printed = self._prepare(text), self._printed()
        if verify and would_complete(prepared.text, printed):
            raise PasteStopped(f"{self._config.name}: {COMPLETES}", verified=0, stopped=COMPLETES)
        transfer = transfer_of(prepared.text, self.profile, printed, verify=verify, run=run)
        pasting = Pasting(transfer, lambda data: self._send(session, data), report)
        self._demand_line()
        lease = self._lend(Lease(session, lambda data: self._advance(lease, pasting, data)))
        self._pasting, lease.pastes = pasting, True
        self._hands.keyboard.wrote(prepared.data)
        for warning in prepared.warnings:
            report(events.Hint(warning))
        self._settle(lease, pasting.begin(self._loop.time()))
        return lease.done

    def _prepare(self, text: str) -> Paste:
        try:
            return paste.prepare(text, self._config.paste_limit, at_sac=self.profile is Profile.SAC)
        except Problem:
            self.pastes["refused"] += 1
            raise

    def _advance(self, lease: Lease, pasting: Pasting, data: bytes) -> None:
        self._settle(lease, pasting.guest_spoke(data, self._loop.time()))

    def _settle(self, lease: Lease, end: Outcome | None) -> None:
        """Go on with a paste, or end its lease."""
        if end is not None:
            self._end(lease, end)
        self._arm()

    def claim(self, session: SessionId, hear: Callable[[bytes], None] | None = None) -> Lease:
        """Lease the line for several `send`s; `release` it, and stop when its `done` is set.

        `hear` is called with what the guest prints. Raises `Problem` where the line is down or
        leased.
        """
        self._demand_line()
        return self._lend(Lease(session, hear))

    def _lend(self, lease: Lease) -> Lease:
        self._lease = lease
        self._hands.keyboard.leased = True
        self._listen()
        return self._lease

    def _demand_line(self) -> Outflow:
        """Give the outflow. Raises `Problem` where the line is down or leased."""
        if self._outflow is None:
            raise NotRunning(f"{self._config.name}: the port is down; nothing was sent")
        if self._lease is not None:
            raise Busy(
                f"{self._config.name}: a paste or another command has the line; nothing was sent"
            )
        return self._outflow

    def release(self, lease: Lease) -> None:
        """End a lease by its holder."""
        self._end(lease, Released())

    def _end(self, lease: Lease, outcome: Outcome) -> None:
        """End a lease, unless it has ended, and type the keys that waited behind it."""
        if self._lease is not lease:
            return
        if self._pasting is not None:
            self.pastes["delivered" if isinstance(outcome, Delivered) else "stopped"] += 1
        self._lease = self._pasting = None
        self._hands.keyboard.leased = False
        lease.end(outcome)
        self._obey(self._hands.keyboard.catch_up(self._loop.time()))
        self._listen()
        self._regulate()

    def cancel(self, why: str) -> int:
        """Discard whatever is on its way to the line; give how many bytes that was, and tell.

        A guest that was told of the beginning of a paste is told of its end: it would take for text
        whatever is typed next.
        """
        outflow, within = self._outflow, _is_within(self._outflow, self._pasting)
        count = self._cancel(why)
        if outflow is not None and within:
            outflow.write(self._hands.session, END)
        return count

    def _cancel(self, why: str) -> int:
        count = self._hands.keyboard.discard()
        if self._outflow is not None:
            count += self._outflow.discard()
        lease, pasting = self._lease, self._pasting
        if lease is not None:
            self._lease = self._pasting = None
            self._hands.keyboard.leased = False
            outcome, unsent = Stopped(why), 0
            if pasting is not None:
                outcome, unsent = pasting.cancel(why)
                self.pastes["stopped"] += 1
            count += unsent
            lease.end(outcome)
            self._listen()
        if count:
            self._discarded(count, _COUNTED_AS.get(why, "cancelled"))
            self._hands.tell(events.InputDiscarded(count, why))
        self._regulate()
        return count

    # -- to the line --------------------------------------------------------------------------

    def send(self, session: SessionId, data: bytes) -> None:
        """Send `data` as it is, for the holder of the lease."""
        self._send(session, data)

    def _send(self, session: SessionId, data: bytes) -> None:
        outflow = self._outflow
        if outflow is None or not data:
            return
        queue = outflow.queue
        if queue.size and queue.owner != session:
            self._discarded(outflow.discard(), _COUNTED_AS[ENDED])
        if queue.size + len(data) > HARD_BYTES:
            self._refuse(events.InputRefused(Busy.code, NOT_DRAINING, len(data)))
            return
        if self._hands.typist is not None:
            self._hands.typist.typed += len(data)
        outflow.write(session, data)
        if queue.full:
            self._regulate()

    def drained(self) -> None:
        """Read from the client again, because the line's full queue has room."""
        self._regulate()

    def _regulate(self) -> None:
        self._hands.regulate(full=self._outflow is not None and self._outflow.queue.full)

    def _refuse(self, refused: events.InputRefused) -> None:
        self._discarded(refused.bytes or 0, refused.code)
        if refused.code == PasteTooLong.code:
            self.pastes["refused"] += 1
        self._hands.tell(refused)

    # -- from the guest -----------------------------------------------------------------------

    def _listen(self) -> None:
        """Tell the console whether to pass on what the guest prints."""
        leased = self._lease is not None and self._lease.hear is not None
        listening = leased or self._hands.keyboard.waits
        if listening is not self.listening:
            self.listening = listening
            self._turned()

    def guest_spoke(self, data: bytes) -> None:
        """Take what the guest printed: the echo of a paste, or the answer to a script."""
        lease, keyboard = self._lease, self._hands.keyboard
        if lease is not None and lease.hear is not None:
            keyboard.guest_spoke(self._loop.time())
            lease.hear(data)
        elif keyboard.waits:
            keyboard.guest_spoke(self._loop.time())
        else:
            # Only here, not as soon as nothing waits: after the echo of a key the next key is near,
            # and each change makes the console build its list of takers anew.
            self._listen()

    def _arm(self) -> None:
        times = [self._hands.keyboard.deadline()]
        if self._outflow is not None:
            times.append(self._outflow.deadline())
        if self._pasting is not None:
            times.append(self._pasting.deadline())
        self._alarm.set(min((time for time in times if time is not None), default=None))

    def _expire(self) -> None:
        now = self._loop.time()
        self._obey(self._hands.keyboard.expire(now))
        if self._lease is not None and self._pasting is not None:
            self._settle(self._lease, self._pasting.expire(now))
        if self._outflow is not None and (waiting := self._outflow.stuck(now)):
            self._hands.tell(events.NotDraining(waiting, NOT_DRAINING))
        self._listen()
        self._arm()


def _nothing(*_: object) -> None:
    """Tell nobody."""


def _is_within(outflow: Outflow | None, pasting: Pasting | None) -> bool:
    """Tell whether the guest would wait for the end of a paste if all were discarded now."""
    if outflow is None:
        return False
    opened = pasting is not None and pasting.opened
    return left_open(outflow.queue.peek(outflow.queue.size), opened=opened)

"""A user's stay at a console, over as many attachments as it takes.

The daemon may restart, and the user may switch between observing and the active session; the stay
goes on from the offset at which the one before ended. It ends when the user quits, or with a
`ClientError` that says why.
"""

import asyncio
import time
from dataclasses import replace
from typing import Final, Protocol, TypeAlias

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from com1d.errors import EX_TEMPFAIL
from com1d.frontends.session.attachment import (
    OBSERVE,
    REPLACED,
    LinkLostError,
    Wanted,
    attach,
    detach,
    receive,
)
from com1d.frontends.session.concurrently import first_of
from com1d.frontends.session.link import ClientError, UnreachableError
from com1d.frontends.words.notices import taken_over
from com1d.wire.events import (
    Attached,
    Event,
    HandedOver,
    InputDiscarded,
    InputRefused,
    Lost,
    Preempted,
    Screen,
    Seated,
    VmTold,
)


RECONNECT_SECONDS: Final = 30.0
"""How long a daemon that went away is waited for: a restart takes a second, an upgrade two."""

RETRY_SECONDS: Final = 0.25
"""Between two tries; each costs the host one failed connect."""

SUCCEEDED: Final = frozenset({"preempted", "handed-over"})
"""Codes of endings after which the console is another user's."""

OUTBOX_ITEMS: Final = 16
"""Inputs that wait for the daemon to take them: 64 KiB at 4 KiB each. It stops reading when the
port does not drain, and then the user has to be told instead of typing into a void."""


class Face(Protocol):
    """The user's side of a stay: what shows its output and notices."""

    async def guest(self, data: bytes) -> None:
        """Show the guest's output; return when it is worth sending more."""

    def notice(self, text: str) -> None:
        """Show one line, which is safe to print."""

    def happened(self, event: Event) -> None:
        """Take note of an event, and tell a person what is for him."""

    async def replaced(self, ending: ClientError) -> str | None:
        """Say in which mode to go on after another user took over; None to end with `ending`."""


Item: TypeAlias = bytes | str
"""Bytes are typed; text is an operation in JSON."""


class Session:
    """The stay. `run` it; meanwhile call `offer` for input, `switch` and `quit`."""

    def __init__(self, socket: str, name: str, wanted: Wanted, face: Face) -> None:
        self.name = name
        self.offset = 0
        """Absolute offset behind the last byte shown."""
        self.gone = False
        """Whether the daemon went away and is not back yet."""
        self.seated = False
        """Whether this is the active session now."""
        self.waits = False
        """Whether it is attached and waits to become that."""
        self.resets = 0
        """How often the VM was reset meanwhile, as its hypervisor tells."""
        self._painted = 0
        self._vm = ""
        """The UUID of the VM that the user is at; empty while that is not known."""
        self.refusal: str | None = None
        """The code of the last input that will not reach the guest."""
        self._socket = socket
        self._wanted = wanted
        self._face = face
        self._outbox: asyncio.Queue[Item] = asyncio.Queue(OUTBOX_ITEMS)
        self._unsent: Item | None = None
        self._wish = asyncio.Event()
        self._leaving = False
        self._ending: dict[str, str] = {}

    @property
    def mode(self) -> str:
        """`active` or `observe`."""
        return self._wanted.mode

    async def run(self) -> None:
        """Stay until `quit`. Raises `ClientError` when the stay ends in any other way."""
        while not self._leaving:
            self._wish.clear()
            try:
                await first_of(self._keep_attached(), self._until_wish())
            except ClientError as ending:
                if ending.code not in SUCCEEDED or (mode := await self._again(ending)) is None:
                    raise
                self.switch(mode)

    async def _again(self, ending: ClientError) -> str | None:
        """Ask what to do after another user took over. A wish to leave is an answer, too."""
        chosen: list[str | None] = []

        async def ask() -> None:
            chosen.append(await self._face.replaced(ending))

        self._wish.clear()
        await first_of(ask(), self._until_wish())
        return chosen[0] if chosen else None

    def offer(self, item: Item) -> bool:
        """Send an input when the daemon takes it; false when too much waits already."""
        try:
            self._outbox.put_nowait(item)
        except asyncio.QueueFull:
            return False
        return True

    async def send(self, item: Item) -> None:
        """Send an input, waiting for room."""
        await self._outbox.put(item)

    async def sent(self) -> None:
        """Wait until the daemon has all input."""
        await self._outbox.join()

    def switch(self, mode: str, *, ask: bool = False) -> None:
        """Attach anew in `mode`, and go on where the output is.

        With `ask`, whoever has the console is asked for it instead of being preempted.
        """
        queue = "request" if ask else None
        self._wanted = replace(
            self._wanted, mode=mode, preempt=True, queue=queue, start=self.offset
        )
        self._wish.set()

    def quit(self) -> None:
        """Leave."""
        self._leaving = True
        self._wish.set()

    async def _until_wish(self) -> None:
        await self._wish.wait()

    async def _keep_attached(self) -> None:
        if self.gone:  # the user switched while the daemon was away
            connection = await self._reattach()
        else:
            connection = await attach(self._socket, self.name, self._wanted)
        while True:
            try:
                await self._follow(connection)
            except LinkLostError as lost:
                self.gone = True
                self._face.notice(str(lost))
            connection = await self._reattach()

    async def _reattach(self) -> ClientConnection:
        """Wait for a daemon that went away.

        It does not preempt a session that came in the meantime: two clients that both reconnect
        must not preempt each other for ever.
        """
        self._face.notice(f"reconnecting, for {RECONNECT_SECONDS:g} s at most")
        self._wanted = replace(self._wanted, preempt=False, start=self.offset)
        deadline = time.monotonic() + RECONNECT_SECONDS
        while True:
            try:
                connection = await attach(self._socket, self.name, self._wanted)
            except UnreachableError:
                if time.monotonic() >= deadline:
                    raise
                await asyncio.sleep(RETRY_SECONDS)
            else:
                self._face.notice("connected again")
                return connection

    async def _follow(self, connection: ClientConnection) -> None:
        sender = asyncio.ensure_future(self._transmit(connection))
        try:
            while True:
                await self._take(await receive(connection))
        except ClientError as failed:
            raise ClientError(failed.members | self._ending, failed.exit_code) from None
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)
            await detach(connection)

    async def _take(self, message: bytes | Event) -> None:
        if isinstance(message, bytes):
            self._count(len(message))
            await self._face.guest(message)
            return
        self._follow_stream(message)
        self._learn(message)
        self._face.happened(message)

    def _follow_stream(self, event: Event) -> None:
        """Keep the offset where the daemon says that the stream is."""
        match event:
            case Attached():
                self._begin(event)
            case Screen(bytes=int(painted)):
                self._painted = painted
            case Lost(offset=int(offset)):
                self.offset = offset

    def _learn(self, event: Event) -> None:
        """Remember what later decisions need."""
        match event:
            case InputRefused(code=code):
                self.refusal = code or "input-refused"
            case InputDiscarded():
                self.refusal = "input-discarded"
            case Preempted() | HandedOver():
                self._ending = taken_over(event)
            case Seated():
                self.seated, self.waits = True, False
            case VmTold(what="reset"):
                self.resets += 1

    def _count(self, size: int) -> None:
        """Count bytes of the stream; those of a painted screen, which come first, are none."""
        painted = min(self._painted, size)
        self._painted -= painted
        self.offset += size - painted

    def _begin(self, event: Attached) -> None:
        if self._vm and event.uuid and event.uuid != self._vm:
            raise ClientError(REPLACED, EX_TEMPFAIL)
        self._vm = event.uuid or self._vm
        start, end = self._wanted.start, event.offset or 0
        self.offset, self._painted = end - (event.replay or 0), 0
        self.seated = (event.mode or self.mode) != OBSERVE
        self.waits = not self.seated and self.mode != OBSERVE
        # A daemon that was killed may not have logged the last 0.2 s, which the user has seen; one
        # without a log begins with nothing, and all that it has by now is new to the user.
        if start is not None and end < start and not event.logged:
            self.offset = 0
            raise LinkLostError("com1d lost its scrollback and counts anew")
        self.gone = False

    async def _transmit(self, connection: ClientConnection) -> None:
        """Send offered input.

        Input that still waits when the connection ends is sent over the next one.
        """
        while True:
            if self._unsent is None:
                self._unsent = await self._outbox.get()
            if connection.state is not State.OPEN:
                return
            item, self._unsent = self._unsent, None
            try:
                await connection.send(item)
            except (ConnectionClosed, asyncio.CancelledError):
                # Sending it again could make the guest do a thing twice.
                self._face.notice(f"the last {len(item)} bytes that you typed may not have arrived")
                raise
            finally:
                self._outbox.task_done()

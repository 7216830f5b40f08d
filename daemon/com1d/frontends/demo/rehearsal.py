"""`com1 demo --check`: what a user would do at the demonstration's console, done by a script."""

import asyncio
from typing import Final, Self

from websockets.asyncio.client import ClientConnection

from com1d.errors import EX_FAILURE
from com1d.frontends.session.attachment import Wanted, attach, detach, receive
from com1d.frontends.session.link import ClientError
from com1d.frontends.words.visible import Readable
from com1d.wire.events import Event, Preempted


STEP_SECONDS: Final = 30.0
"""How long the simulated guest may take for one step; at line rate it needs a second or two."""

BOOT_SECONDS: Final = 180.0
"""How long a Linux guest may take to boot without KVM: three seconds, ten times that when busy."""

SEEN_BYTES: Final = 65536
"""Output that is searched for what a step waits for."""

_WINDOWS: Final = (
    ("", "The CMD command is now available."),
    ("cmd\r", "Channel: Cmd0001"),
    ("ch -sn Cmd0001\r", "Use any other key to view this channel."),
    ("\r", "Username: "),
    ("Administrator\r", "Domain  : "),
    ("\r", "Password: "),
    ("any\r", "C:\\Windows\\system32>"),
    ("ver\r", "Microsoft Windows [Version"),
)
_LINUX: Final = (
    ("", "guest# "),
    ("uname -a\r", "Linux guest "),
)
_SCRIPTS: Final = {"windows": _WINDOWS, "linux": _LINUX}
"""For each guest: the steps, each a text to type and the answer to wait for."""

_AFTERWARDS: Final = {
    "windows": ("hostname\r", "C:\\Windows\\system32>"),
    "linux": ("echo $((6 * 7))\r", "42"),
}
"""The step of the second user, in the session that the first one opened."""


def rehearse(socket: str, name: str, guest: str) -> None:
    """Go through the demonstration and print all that is seen. Raises `ClientError`."""
    asyncio.run(_rehearse(socket, name, guest))


async def _rehearse(socket: str, name: str, guest: str) -> None:
    async with Client(socket, name, "first user", replay="boot") as first:
        for typed, awaited in _SCRIPTS[guest]:
            await first.step(typed, awaited, BOOT_SECONDS if not typed else STEP_SECONDS)
        async with Client(socket, name, "second user", replay="none") as second:
            await first.is_preempted()
            await second.step(*_AFTERWARDS[guest], STEP_SECONDS)
    _say("check", "everything as it should be")


class Client:
    """A user who types, waits, and tells what is to be seen."""

    def __init__(self, socket: str, name: str, who: str, *, replay: str) -> None:
        self._socket = socket
        self._name = name
        self._replay = replay
        self._who = who
        self._seen = bytearray()
        self._text = Readable()

    async def __aenter__(self) -> Self:
        """Attach as the active session."""
        _say(self._who, f"connects to {self._name}")
        wanted = Wanted(replay=self._replay)
        self._connection: ClientConnection = await attach(self._socket, self._name, wanted)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Leave."""
        await detach(self._connection)

    async def step(self, typed: str, awaited: str, seconds: float) -> None:
        """Type, then wait for what the guest has to say. Raises `ClientError` when it does not."""
        if typed:
            self._seen.clear()
            await self._connection.send(typed.encode())
        try:
            async with asyncio.timeout(seconds):
                while awaited.encode() not in self._seen:
                    await self._see()
        except TimeoutError:
            raise _failed(f"the {self._who} waited {seconds:g} s for {awaited!r}") from None

    async def is_preempted(self) -> None:
        """Wait to be told so, and sent away. Raises `ClientError` when that does not happen."""
        told: Preempted | None = None
        try:
            async with asyncio.timeout(STEP_SECONDS):
                while True:
                    event = await self._see()
                    told = event if isinstance(event, Preempted) else told
        except ClientError as error:
            if error.code != "preempted" or told is None:
                raise
        except TimeoutError:
            raise _failed(f"the {self._who} was not preempted") from None
        _say(self._who, f"was preempted by {told.by} at {told.at}")

    async def _see(self) -> Event | None:
        message = await receive(self._connection)
        if isinstance(message, Event):
            return message
        self._seen += message
        del self._seen[:-SEEN_BYTES]
        print(self._text.feed(message), end="", flush=True)
        return None


def _say(who: str, what: str) -> None:
    print(f"\n--- {who}: {what}", flush=True)


def _failed(detail: str) -> ClientError:
    return ClientError(
        {"code": "check-failed", "title": "The check failed", "detail": detail}, EX_FAILURE
    )

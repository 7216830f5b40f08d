"""One WebSocket `com1.v1` to a console: opening it, and why it ended."""

import asyncio
import json
from typing import Final
from urllib.parse import urlencode

from websockets.asyncio.client import ClientConnection, unix_connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    WebSocketException,
)
from websockets.typing import Subprotocol

from com1d import wire
from com1d.errors import EX_FAILURE, EX_NOPERM, EX_OK, EX_TEMPFAIL, Com1Error
from com1d.frontends.session.link import (
    ANSWER_PATIENCE,
    ClientError,
    console_path,
    refused,
    why_unreachable,
)
from com1d.values import dataclass
from com1d.wire.events import Event, parse


ACTIVE: Final = wire.Mode.ACTIVE.value
OBSERVE: Final = wire.Mode.OBSERVE.value

SCREEN: Final = "screen"
"""The replay of what the screen shows now, instead of what was said."""

MESSAGE_BYTES: Final = 1 << 20
"""Bytes of one message from the daemon, which sends a few KiB at once. Bounds what is held here."""

MESSAGES: Final = 4
"""Messages read ahead. A terminal that does not read leaves the rest with the daemon, which says
afterwards what it could not keep."""

CLOSE_PATIENCE: Final = 1.0
"""Seconds to wait for the daemon's half of the closing handshake: nobody waits for a stuck one."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The parameters of an attach."""

    mode: str = ACTIVE
    replay: str | None = None
    preempt: bool = True
    start: int | None = None
    """Absolute offset to replay from; overrides `replay`."""
    queue: str | None = None
    """`wait` until the console is free, or `request` it from its holder; None does neither."""
    size: tuple[int, int] | None = None
    """Rows and columns of the terminal, for the replay `screen`; None: it is a usual one."""

    def query(self) -> str:
        """Give the query string, or nothing when all is as usual."""
        chosen: dict[str, str] = {}
        if self.mode != ACTIVE:
            chosen["mode"] = self.mode
        if self.start is not None:
            chosen["from"] = str(self.start)
        elif self.replay is not None:
            chosen["replay"] = self.replay
            if self.replay == SCREEN and self.size is not None:
                chosen["rows"] = str(_within(wire.SCREEN_ROWS, self.size[0]))
                chosen["cols"] = str(_within(wire.SCREEN_COLUMNS, self.size[1]))
        if not self.preempt:
            chosen["preempt"] = "false"
        if self.queue is not None:
            chosen[self.queue] = "true"
        return f"?{urlencode(chosen)}" if chosen else ""


def _within(bounds: tuple[int, int], count: int) -> int:
    return min(max(bounds[0], count), bounds[1])


class LinkLostError(Com1Error):
    """The daemon went away without ending the session: it restarts, or has died."""


async def attach(socket: str, name: str, wanted: Wanted) -> ClientConnection:
    """Attach to the console `name`. Raises `ClientError` when that is refused or nobody answers."""
    target = console_path(name, "attach") + wanted.query()
    try:
        return await unix_connect(
            socket,
            uri=f"ws://localhost{target}",
            subprotocols=[Subprotocol(wire.SUBPROTOCOL)],
            compression=None,  # both ends are on one machine
            open_timeout=ANSWER_PATIENCE,
            ping_interval=None,  # a dead peer of a Unix socket is an end of file
            max_size=MESSAGE_BYTES,
            max_queue=MESSAGES,
            write_limit=0,  # what is sent is with the kernel, and so with the daemon
        )
    except InvalidStatus as error:
        raise refused(error.response.status_code, bytes(error.response.body)) from None
    except InvalidMessage as error:  # wraps the end of file of a daemon that stops right now
        cause = error.__cause__
        broken = isinstance(cause, EOFError)
        raise why_unreachable(socket, ConnectionResetError() if broken else error) from None
    except (OSError, InvalidHandshake, WebSocketException, ValueError) as error:
        raise why_unreachable(socket, error) from None


async def detach(connection: ClientConnection) -> None:
    """Leave. The library's own close waits without limit for a daemon that does not read."""
    try:
        async with asyncio.timeout(CLOSE_PATIENCE):
            await connection.close()
    except TimeoutError:
        connection.transport.abort()
        await connection.wait_closed()


async def receive(connection: ClientConnection) -> bytes | Event:
    """Give the next console bytes, or the next event that this version knows.

    Raises `LinkLostError` when the daemon is gone and `ClientError` when it ended the session.
    """
    while True:
        try:
            message = await connection.recv()
        except ConnectionClosed as closed:
            raise _ending(closed) from None
        if isinstance(message, bytes):
            return message
        if (event := _event(message)) is not None:
            return event


def _event(text: str) -> Event | None:
    try:
        members = json.loads(text)
    except ValueError:
        return None
    return parse(members) if isinstance(members, dict) else None


_RESTARTING: Final = (wire.CLOSE_RESTARTING, 1001)
"""1001, "going away", is what a WebSocket server says when it stops (RFC 6455, section 7.4.1)."""

REPLACED: Final = {"code": "replaced", "title": "Another VM has this console's name now"}

_ENDINGS: Final = {
    wire.CLOSE_PREEMPTED: ("preempted", "Somebody else took over the console", EX_TEMPFAIL),
    wire.CLOSE_HANDED_OVER: ("handed-over", "You handed the console over", EX_OK),
    wire.CLOSE_DISABLED: ("console-disabled", "The console was disabled", EX_NOPERM),
    wire.CLOSE_FORBIDDEN: ("forbidden", "You may no longer use the console", EX_NOPERM),
    wire.CLOSE_DISCONNECTED: ("disconnected", "An owner disconnected you", EX_TEMPFAIL),
    wire.CLOSE_IDLE: ("idle", "The session was idle for too long", EX_TEMPFAIL),
    wire.CLOSE_REPLACED: (REPLACED["code"], REPLACED["title"], EX_TEMPFAIL),
    wire.CLOSE_TOO_SLOW: ("too-slow", "This client did not read what it was sent", EX_FAILURE),
}


def _ending(closed: ConnectionClosed) -> Exception:
    frame = closed.rcvd
    if frame is None or frame.code in _RESTARTING:
        return LinkLostError("com1d went away")
    code, title, exit_code = _ENDINGS.get(
        frame.code, ("closed", f"The daemon ended the session with code {frame.code}", EX_FAILURE)
    )
    return ClientError({"code": code, "title": title, "detail": frame.reason}, exit_code)

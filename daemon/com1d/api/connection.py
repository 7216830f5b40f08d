"""HTTP/1.1 on the daemon's sockets: h11 parses; this reads, writes and keeps the time limits.

A body longer than `SMALL_BODY` is read only after its head was judged, and all long bodies share
one budget. So a caller without a role cannot make the daemon hold much memory.
"""

import asyncio
import os
import socket
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Final

import h11

from com1d.access.peer import Caller
from com1d.api.door import Door
from com1d.api.messages import (
    BODY_BYTES,
    HEAD_BYTES,
    Request,
    Response,
    Upgrade,
    announced,
    as_problem,
    as_sent,
    header,
    is_ambiguous,
    read_head,
)
from com1d.core.carry import Packed, pack, unpack
from com1d.errors import BadRequest, InternalError, PasteTooLong, Problem
from com1d.loop.descriptors import Descriptors
from com1d.loop.poller import IN, ONCE, OUT, Poller
from com1d.loop.sender import Sender


SMALL_BODY: Final = 4096
"""Bytes of a body that are read before the head is judged: all but pastes are far shorter."""

HEAD_SECONDS: Final = 5.0
"""A request must arrive within this from its first byte, a connection's first from its start."""

IDLE_SECONDS: Final = 60.0
"""How long a connection may wait between two requests."""

SEND_SECONDS: Final = 30.0
"""How long a client may take to read a piece of an answer before it is given up."""

OUT_BYTES: Final = 65536
"""Bytes that may wait to be sent before the answer's next piece is made."""

RECEIVE_BYTES: Final = 16384
"""Bytes of one read; what a client sends behind its request waits in h11 while that is answered."""


class HttpConnection:
    """One connection, from its first request to its last, or to its upgrade."""

    def __init__(
        self,
        sock: socket.socket,
        caller: Caller | None,
        door: Door,
        poller: Poller,
        *,
        failed: Callable[[Request | None, Exception], None],
        gone: Callable[["HttpConnection"], None],
    ) -> None:
        """Serve `sock`. `failed` is called for bugs, `gone` at the end or upgrade."""
        self._sock = sock
        self._caller = caller
        self._door = door
        self._poller = poller
        self._failed = failed
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self._head: h11.Request | None = None
        self._request: Request | None = None
        self._body = bytearray()
        self._taken = 0  # bytes taken from the budget; above 0, the head was judged
        self._last = False  # no further request after this one
        self._task: asyncio.Task[None] | None = None
        self._held = False  # whole, and waits for the gate
        self._resumed = False  # another process had begun with the request
        self._closed = False
        self._timer = self._loop.call_later(HEAD_SECONDS, self._too_late)
        self._waits = False  # idle between two requests
        poller.add(sock.fileno(), IN, self._on_ready)
        self._sender = Sender(sock.fileno(), poller, OUT_BYTES, self.close)

    def close(self) -> None:
        """Close at once, whatever is going on."""
        if self._closed:
            return
        self._poller.remove(self._sock.fileno())
        self._sock.close()
        self._end()

    def _end(self) -> None:
        self._closed = True
        self._sender.close()
        self._timer.cancel()
        self._forget_body()
        task, self._task = self._task, None  # which refers to us, by its traceback
        if task is not None and task is not asyncio.current_task():
            task.cancel()
        self._gone(self)

    def _forget_body(self) -> None:
        self._door.bodies.give_back(self._taken)
        self._taken = 0
        self._body.clear()

    # -- in ---------------------------------------------------------------------------------

    def _on_ready(self, events: int) -> None:
        if events & OUT:
            self._sender.flush()
        if self._closed or not events & ~OUT:
            return
        if self._task is not None or self._held:  # armed for a hang-up alone until it is answered
            if events & ~(IN | OUT):  # else it is of before: another turn has read the request
                self.close()
            return
        try:
            data = self._sock.recv(RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.close()
            return
        if self._waits:
            self._waits = False
            self._set_timer(HEAD_SECONDS)
        self._h11.receive_data(data)
        self._advance()

    def _advance(self) -> None:
        try:
            while self._task is None and not self._held and not self._closed:
                unread = len(self._h11.trailing_data[0])
                event = self._h11.next_event()
                if event in (h11.NEED_DATA, h11.PAUSED):
                    return
                self._on_event(event, unread - len(self._h11.trailing_data[0]))
        except h11.RemoteProtocolError as error:
            self._fail(BadRequest(f"this is no HTTP request: {error}"))
        except Problem as problem:
            self._fail(problem)

    def _on_event(self, event: h11.Event | type, length: int) -> None:
        """Take an event, which `length` bytes were read for."""
        if isinstance(event, h11.Request):
            self._on_head(event, length)
        elif isinstance(event, h11.Data):
            self._grow(len(event.data))
            self._body += event.data
        elif isinstance(event, h11.EndOfMessage):
            self._timer.cancel()
            self._sender.listen(ONCE)
            self._held = True
            self.go_on()
        elif isinstance(event, h11.ConnectionClosed):
            self.close()

    def go_on(self) -> None:
        """Answer a request that waits, if the gate is open."""
        if self._held and self._door.gate.is_open:
            self._held = False
            self._task = self._loop.create_task(self._answer())

    # -- from one process to the next -------------------------------------------------------

    @property
    def request(self) -> Request | None:
        """The request that is being answered, if one is and no other process can go on with it."""
        if self._task is None or self._request is None:
            return None
        return None if self._door.resumes(self._whole()) else self._request

    @property
    def is_torn(self) -> bool:
        """Whether a part of a body has come whose length nobody knows."""
        head, whole = self._head, self._held or self._task is not None
        return head is not None and not whole and header(head, b"transfer-encoding") != b""

    def hand_over(self, fds: Descriptors, name: str) -> Packed:
        """Give the socket, and the request as far as it has come or is being answered."""
        head, rest = self._head, self._h11.trailing_data[0]
        came = rest if head is None else as_sent(head, bytes(self._body)) + rest
        return {
            "fd": fds.give(self._sock.fileno(), name),
            "caller": pack(self._caller),
            "came": pack(came),
            "resumed": self._task is not None,
        }

    def take_over(self, packed: Packed) -> None:
        """Go on with a request that another process had; nothing is sent before the next turn."""
        self._resumed = bool(packed["resumed"])
        if came := unpack(packed["came"]):
            self._h11.receive_data(came)
            self._advance()
        else:
            self._waits = True
            self._set_timer(IDLE_SECONDS)

    def _whole(self) -> Request:
        assert self._request is not None  # noqa: S101 - EndOfMessage follows a Request
        return replace(self._request, body=bytes(self._body), resumed=self._resumed)

    def _on_head(self, head: h11.Request, length: int) -> None:
        self._head = head
        self._last = self._door.looks_only or is_ambiguous(head)
        if length > HEAD_BYTES:  # h11 looks at those that are not whole
            raise BadRequest(f"a head of {length} bytes; at most {HEAD_BYTES} are read")
        self._request = read_head(head, self._caller)
        if (body := announced(head)) > BODY_BYTES:
            raise PasteTooLong(f"a body of {body} bytes; at most {BODY_BYTES} are read")
        if self._door.looks_only and (body or head.method not in (b"GET", b"HEAD")):
            raise BadRequest("only GET and HEAD are taken here, without a body")
        if body > SMALL_BODY:
            self._door.judge(self._request)

    def _grow(self, count: int) -> None:
        """Account for `count` more bytes of the body. Raises `Problem` where it may not grow."""
        size = len(self._body) + count
        if size > BODY_BYTES:
            raise PasteTooLong(f"the body is longer than {BODY_BYTES} bytes")
        if self._door.looks_only:
            raise BadRequest("no body is taken here")
        if size > SMALL_BODY:
            assert self._request is not None  # noqa: S101 - a body follows a head
            if not self._taken:
                self._door.judge(self._request)
            self._door.bodies.take(size - self._taken)
            self._taken = size

    def _too_late(self) -> None:
        if self._waits:
            self.close()
        else:
            self._fail(BadRequest(f"no whole request within {HEAD_SECONDS:g} s"))

    def _set_timer(self, seconds: float) -> None:
        self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._too_late)

    # -- out --------------------------------------------------------------------------------

    def _fail(self, problem: Problem) -> None:
        """Answer a request that cannot be read any further, and close."""
        if self._task is None and not self._closed:
            self._timer.cancel()
            self._forget_body()
            self._sender.listen(ONCE)
            self._task = self._loop.create_task(self._send_and_close(as_problem(problem)))

    async def _send_and_close(self, response: Response) -> None:
        if self._h11.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            await self._send(response, close=True)
        self.close()

    async def _answer(self) -> None:
        response = await self._handle()
        if isinstance(response, Upgrade):
            self._hand_over(response)
            return
        try:
            if not self._closed:
                await self._send(response, close=self._last)
        except Exception as error:  # noqa: BLE001 - as above; the client sees an answer cut short
            self._failed(self._request, error)
            self.close()
        finally:
            response.done()
        if not self._closed:
            self._next_cycle()

    async def _handle(self) -> Response | Upgrade:
        try:
            return await self._door.answer(self._whole())
        except Problem as problem:
            return as_problem(problem)
        except Exception as error:  # noqa: BLE001 - a bug in one answer must not end the daemon
            self._failed(self._request, error)
            return as_problem(InternalError())

    async def _send(self, response: Response, *, close: bool) -> None:
        headers = [("Content-Type", response.content_type), *response.headers]
        pieces = response.body
        if isinstance(pieces, bytes):
            headers.append(("Content-Length", str(len(pieces))))
        if close:
            headers.append(("Connection", "close"))
        reason = HTTPStatus(response.status).phrase
        await self._push(h11.Response(status_code=response.status, headers=headers, reason=reason))
        if self._head is not None and self._head.method == b"HEAD":
            pass  # the head is all there is to it
        elif isinstance(pieces, bytes):
            await self._push(h11.Data(pieces))
        else:
            async for piece in pieces:
                await self._push(h11.Data(piece))
        await self._push(h11.EndOfMessage())

    async def _push(self, event: h11.Response | h11.Data | h11.EndOfMessage) -> None:
        """Send, and wait while the client has more to read than `OUT_BYTES`."""
        if self._closed:
            return
        self._sender.put(self._h11.send(event) or b"")
        most = 0 if isinstance(event, h11.EndOfMessage) else OUT_BYTES
        if not await self._sender.drain(most, SEND_SECONDS):
            self.close()

    def _next_cycle(self) -> None:
        self._task = None
        self._resumed = False
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            self.close()
            return
        self._h11.start_next_cycle()
        self._head = self._request = None
        self._forget_body()
        self._waits = True
        self._set_timer(IDLE_SECONDS)
        self._sender.listen(IN)
        self._advance()

    def _hand_over(self, upgrade: Upgrade) -> None:
        try:
            fd = -1 if self._closed else self._sock.fileno()
            whole = not self._closed and os.write(fd, upgrade.reply) == len(upgrade.reply)
        except OSError:
            whole = False
        if not whole:  # a fresh socket takes a few hundred bytes, or is dead
            self.close()
            upgrade.drop()
            return
        self._poller.remove(self._sock.fileno())
        fd = self._sock.detach()
        self._end()
        upgrade.take(fd)

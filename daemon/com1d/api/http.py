"""HTTP/1.1 on the daemon's sockets: h11 speaks it, this moves its bytes and keeps the time."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from com1d import wire
from com1d.access.gateway import PREFIX, Claims
from com1d.access.peer import Caller
from com1d.audit.entry import Deed
from com1d.errors import BadRequest, InternalError, PasteTooLong, Problem
from com1d.loop.poller import IN, ONCE, OUT, Poller


HEAD_BYTES: Final = 16384
"""The longest request head; ours are under 1 KiB."""

BODY_BYTES: Final = 2 * 1024 * 1024
"""The longest body: far over the paste limit, so that a long paste is refused with its length."""

HEAD_SECONDS: Final = 5.0
"""A request must arrive within this from its first byte, a connection's first from its start."""

IDLE_SECONDS: Final = 60.0
"""How long a connection may wait between two requests."""

SEND_SECONDS: Final = 30.0
"""How long a client may take to read a piece of an answer before it is given up."""

OUT_BYTES: Final = 65536
"""What may wait to be sent before the answer's next piece is made."""

RECEIVE_BYTES: Final = 65536


@dataclass(frozen=True, slots=True)
class Request:
    """A whole request."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    caller: Caller | None
    """Who asks; nobody in particular on the TCP listener."""
    head: bytes = b""
    """The head as it would be sent anew, where the client wants to upgrade; else empty."""
    claims: Claims = ()
    """For whom the caller says that he asks."""
    deed: Deed = field(default_factory=Deed)
    """What the audit will say about it, if anything."""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer; a body of pieces is sent as they are made."""

    status: int = 200
    body: bytes | AsyncIterator[bytes] = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Upgrade:
    """The request's connection becomes a stream: send `reply`, then hand the descriptor over."""

    reply: bytes
    take: Callable[[int], None]
    drop: Callable[[], None] = lambda: None
    """Called instead of `take` where the client has gone meanwhile."""


Handler: TypeAlias = Callable[[Request], Awaitable[Response | Upgrade]]


def as_json(value: object, status: int = 200) -> Response:
    """Answer with a JSON value."""
    return Response(status, json.dumps(value).encode() + b"\n")


def as_problem(problem: Problem) -> Response:
    """Answer with a problem, RFC 9457."""
    body = json.dumps(problem.as_json()).encode() + b"\n"
    return Response(problem.status, body, wire.PROBLEM_TYPE)


def refusal(problem: Problem) -> bytes:
    """Give a whole answer as bytes, for a connection that is closed before it is served."""
    response = as_problem(problem)
    head = (
        f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}\r\n"
        f"Content-Type: {response.content_type}\r\nContent-Length: {len(response.body)}\r\n"  # type: ignore[arg-type]
        "Connection: close\r\n\r\n"
    )
    return head.encode() + response.body  # type: ignore[operator]


class HttpConnection:
    """One connection, from its first request to its last, or to its upgrade."""

    def __init__(
        self,
        sock: socket.socket,
        caller: Caller | None,
        handler: Handler,
        poller: Poller,
        *,
        failed: Callable[[str, Exception], None],
        gone: Callable[["HttpConnection"], None],
    ) -> None:
        """Serve `sock`. `failed` hears of bugs, `gone` of the end (also of the upgrade)."""
        self._sock = sock
        self._caller = caller
        self._handler = handler
        self._poller = poller
        self._failed = failed
        self._gone = gone
        self._loop = asyncio.get_running_loop()
        self._h11 = h11.Connection(h11.SERVER, max_incomplete_event_size=HEAD_BYTES)
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._out = bytearray()
        self._sent: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._timer = self._loop.call_later(HEAD_SECONDS, self._too_late)
        self._waits = False
        """Whether the connection is idle between two requests."""
        poller.add(sock.fileno(), IN, self._on_ready)

    def close(self) -> None:
        """Close at once, whatever is going on."""
        if self._closed:
            return
        self._poller.remove(self._sock.fileno())
        self._sock.close()
        self._end()

    def _end(self) -> None:
        self._closed = True
        self._timer.cancel()
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
        if self._sent is not None and not self._sent.done():
            self._sent.cancel()
        self._gone(self)

    # -- in ---------------------------------------------------------------------------------

    def _on_ready(self, events: int) -> None:
        if events & OUT:
            self._flush()
        if self._closed or not events & ~OUT:
            return
        if self._task is not None:  # polled only for a hang-up
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
            while self._task is None and not self._closed:
                event = self._h11.next_event()
                if event in (h11.NEED_DATA, h11.PAUSED):
                    return
                self._on_event(event)
        except h11.RemoteProtocolError as error:
            self._fail(BadRequest(f"this is no HTTP request: {error}"))
        except Problem as problem:
            self._fail(problem)

    def _on_event(self, event: h11.Event | type) -> None:
        if isinstance(event, h11.Request):
            self._request = event
            length = _header(event, b"content-length")
            if length.isdigit() and int(length) > BODY_BYTES:
                raise PasteTooLong(f"a body of {int(length)} bytes; at most {BODY_BYTES} are read")
        elif isinstance(event, h11.Data):
            self._body += event.data
            if len(self._body) > BODY_BYTES:
                raise PasteTooLong(f"the body is longer than {BODY_BYTES} bytes")
        elif isinstance(event, h11.EndOfMessage):
            self._timer.cancel()
            self._poller.modify(self._sock.fileno(), ONCE)
            self._task = self._loop.create_task(self._answer())
        elif isinstance(event, h11.ConnectionClosed):
            self.close()

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
            self._poller.modify(self._sock.fileno(), ONCE)
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
        if self._closed:
            return
        try:
            await self._send(response, close=False)
        except Exception as error:  # noqa: BLE001 - as above; the client sees an answer cut short
            self._failed(_target(self._request), error)
            self.close()
        if not self._closed:
            self._next_cycle()

    async def _handle(self) -> Response | Upgrade:
        try:
            return await self._handler(self._whole_request())
        except Problem as problem:
            return as_problem(problem)
        except Exception as error:  # noqa: BLE001 - a bug in one answer must not end the daemon
            self._failed(_target(self._request), error)
            return as_problem(InternalError())

    def _whole_request(self) -> Request:
        request = self._request
        assert request is not None  # noqa: S101 - EndOfMessage follows a Request
        try:
            target = urlsplit(request.target.decode("ascii"))
        except ValueError as error:
            raise BadRequest(f"the request's target: {error}") from None
        upgrade = _header(request, b"upgrade").lower() == b"websocket"
        return Request(
            method=request.method.decode("ascii"),
            path=unquote(target.path),
            query=dict(parse_qsl(target.query, keep_blank_values=True)),
            body=bytes(self._body),
            caller=self._caller,
            head=_head(request) if upgrade else b"",
            claims=_claims(request),
        )

    async def _send(self, response: Response, *, close: bool) -> None:
        headers = [("Content-Type", response.content_type), *response.headers]
        pieces = response.body
        if isinstance(pieces, bytes):
            headers.append(("Content-Length", str(len(pieces))))
        if close:
            headers.append(("Connection", "close"))
        reason = HTTPStatus(response.status).phrase
        await self._push(h11.Response(status_code=response.status, headers=headers, reason=reason))
        if self._request is not None and self._request.method == b"HEAD":
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
        self._out += self._h11.send(event) or b""
        self._flush()
        last = isinstance(event, h11.EndOfMessage)
        while not self._closed and len(self._out) > (0 if last else OUT_BYTES):
            self._sent = self._loop.create_future()
            try:
                await asyncio.wait_for(self._sent, SEND_SECONDS)
            except TimeoutError:
                self.close()

    def _flush(self) -> None:
        try:
            count = self._sock.send(self._out) if self._out else 0
        except BlockingIOError:
            count = 0
        except OSError:
            self.close()
            return
        del self._out[:count]
        self._poller.modify(self._sock.fileno(), OUT if self._out else ONCE)
        if self._sent is not None and not self._sent.done():
            self._sent.set_result(None)

    def _next_cycle(self) -> None:
        self._task = None
        if self._h11.our_state is not h11.DONE or self._h11.their_state is not h11.DONE:
            self.close()
            return
        self._h11.start_next_cycle()
        self._request = None
        self._body.clear()
        self._waits = True
        self._set_timer(IDLE_SECONDS)
        self._poller.modify(self._sock.fileno(), IN)
        self._advance()

    def _hand_over(self, upgrade: Upgrade) -> None:
        try:
            whole = not self._closed and self._sock.send(upgrade.reply) == len(upgrade.reply)
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


def _header(request: h11.Request, name: bytes) -> bytes:
    return next((value for key, value in request.headers if key == name), b"")


def _claims(request: h11.Request) -> Claims:
    """Take the headers of delegated identity. Raises `BadRequest` where they are not UTF-8."""
    named = ((name.decode("ascii"), value) for name, value in request.headers)
    try:
        return tuple((n, value.decode()) for n, value in named if n.startswith(PREFIX))
    except UnicodeDecodeError:
        raise BadRequest("a header that begins with Com1d- is not UTF-8") from None


def _head(request: h11.Request) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (request.method, request.target)]
    lines += [b"%s: %s" % (key, value) for key, value in request.headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _target(request: h11.Request | None) -> str:
    return "" if request is None else (request.method + b" " + request.target).decode("ascii")

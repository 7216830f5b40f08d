"""Requests, responses and problems, as HTTP has them and as the daemon does."""

import json
from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import field
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

import h11

from com1d import wire
from com1d.access.peer import Caller
from com1d.audit.entry import AuditEntry
from com1d.core.access.gateway import PREFIX, Claims
from com1d.errors import BadRequest, NotFound, Problem
from com1d.values import dataclass


HEAD_BYTES: Final = 16384
"""The longest request head; ours are under 1 KiB."""

BODY_BYTES: Final = 2 * 1024 * 1024
"""Bytes of the longest body: far over the paste limit, so that the refusal of a long paste can name
its length."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request; `body` is empty until all of it is there."""

    method: str
    path: str
    query: dict[str, str]
    body: bytes
    caller: Caller | None
    """The process that asks; None on the TCP listener, where nobody is identified."""
    head: bytes = b""
    """The head as it would be sent anew, where the client wants to upgrade; else empty."""
    claims: Claims = ()
    """The headers in which a gateway names its user."""
    resumed: bool = False
    """Whether another process had begun with it: what it does is under way."""
    accept: str = ""
    """The types of answers that the client takes, as its Accept header has them."""
    entry: AuditEntry = field(default_factory=AuditEntry)
    """The request's audit entry; an entry that tells nothing where the request is not audited."""

    def demand_caller(self) -> Caller:
        """Give the process that asks. Raises `NotFound` where nobody is identified."""
        if self.caller is None:
            raise NotFound
        return self.caller


@dataclass(frozen=True, slots=True)
class Response:
    """An answer. A body that is an iterator is sent piece by piece, as the pieces are made."""

    status: int = 200
    body: bytes | AsyncIterator[bytes] = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)
    done: Callable[[], None] = lambda: None
    """Called once it is sent, or its client has gone; never before it was made."""


@dataclass(frozen=True, slots=True)
class Upgrade:
    """An upgrade of the connection: `reply` is sent, then `take` gets the descriptor."""

    reply: bytes
    take: Callable[[int], None]
    drop: Callable[[], None] = lambda: None
    """Called instead of `take` if the client has gone meanwhile."""


def as_json(value: object, status: int = 200) -> Response:
    """Answer with a JSON value."""
    return Response(status, json.dumps(value).encode() + b"\n")


def as_problem(problem: Problem) -> Response:
    """Answer with a problem, RFC 9457."""
    return Response(problem.status, _encoded(problem), wire.PROBLEM_TYPE)


def refusal(problem: Problem) -> bytes:
    """Give a whole answer as bytes, for a connection that is closed before it is served."""
    body = _encoded(problem)
    head = (
        f"HTTP/1.1 {problem.status} {HTTPStatus(problem.status).phrase}\r\n"
        f"Content-Type: {wire.PROBLEM_TYPE}\r\nContent-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body


def _encoded(problem: Problem) -> bytes:
    return json.dumps(problem.as_json()).encode() + b"\n"


def json_object(body: bytes) -> dict[str, Any]:
    """Read a body: one JSON object, or nothing. Raises `BadRequest`."""
    try:
        value = json.loads(body) if body else {}
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"the body is no JSON object: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("the body is no JSON object")
    return value


def read_head(request: h11.Request, caller: Caller | None) -> Request:
    """Read a head. Raises `BadRequest`, also for claims that are not UTF-8."""
    try:
        target = urlsplit(request.target.decode("ascii"))
    except ValueError as error:
        raise BadRequest(f"the request's target: {error}") from None
    upgrade = header(request, b"upgrade").lower() == b"websocket"
    return Request(
        method=request.method.decode("ascii"),
        path=unquote(target.path),
        query=dict(parse_qsl(target.query, keep_blank_values=True)),
        body=b"",
        caller=caller,
        head=_head(request.headers, request) if upgrade else b"",
        claims=_claims(request),
        accept=header(request, b"accept").decode("latin-1"),
    )


def announced(request: h11.Request) -> int:
    """Give the length that a body is announced with, 0 where none is. Raises `BadRequest`."""
    length = header(request, b"content-length")
    return int(length) if length.isdigit() else 0


def is_ambiguous(request: h11.Request) -> bool:
    """Tell whether the body has two lengths.

    The chunks count then, and the connection is closed afterwards (RFC 9112 section 6.3).
    """
    both = header(request, b"content-length"), header(request, b"transfer-encoding")
    return all(both)


def header(request: h11.Request, name: bytes) -> bytes:
    """Give the first header of that name, empty where there is none."""
    return next((value for key, value in request.headers if key == name), b"")


def as_sent(request: h11.Request, body: bytes) -> bytes:
    """Give a request with as much of its body as has come, as another process is to read it.

    A body whose length is not announced has to be whole.
    """
    if header(request, b"content-length") or not body:
        return _head(request.headers, request) + body
    ours = [each for each in request.headers if each[0] != b"transfer-encoding"]
    return _head([*ours, (b"content-length", b"%d" % len(body))], request) + body


def _claims(request: h11.Request) -> Claims:
    named = ((name.decode("ascii"), value) for name, value in request.headers)
    try:
        return tuple((n, value.decode()) for n, value in named if n.startswith(PREFIX))
    except UnicodeDecodeError:
        raise BadRequest("a header that begins with Com1d- is not UTF-8") from None


def _head(headers: Iterable[tuple[bytes, bytes]], request: h11.Request) -> bytes:
    lines = [b"%s %s HTTP/%s" % (request.method, request.target, request.http_version)]
    lines += [b"%s: %s" % (key, value) for key, value in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n"

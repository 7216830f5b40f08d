"""`GET /v1/consoles/NAME/log`, `/boots` and `/v1/logs`: the part asked for, as it is sent."""

import base64
import json
import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import replace
from datetime import datetime
from typing import Any, Final, NamedTuple

from com1d.api.answers.selection import console_of
from com1d.api.facilities import Facilities
from com1d.api.messages import Request, Response, as_json
from com1d.bootlog import reading as log_reading
from com1d.bootlog.library import Library
from com1d.bootlog.past import Past
from com1d.bootlog.pieces import Piece
from com1d.console.console import Console
from com1d.core.access.policy import Verb
from com1d.core.store.marks import Mark
from com1d.core.stream.ring import Ring
from com1d.errors import (
    BadRequest,
    BootDiagnosticsRequired,
    Com1Error,
    LogUnavailable,
    NotFound,
    Problem,
    os_reason,
)
from com1d.wire.times import rfc3339
from com1d.wire.uuids import earlier_vm


TAIL_MAX: Final = 1_000_000
"""Lines that a tail counts back over: a gigabyte of log is read for it at most."""

READERS: Final = 4
"""Answers that a user is sent at once: each that is not read holds some 0.8 MiB."""

PLAIN: Final = "application/octet-stream"
TIMED: Final = "application/jsonl"


class Wanted(NamedTuple):
    """The part of the log that a request asks for."""

    boot: int | None = None
    bytes: int | None = None
    since: float | None = None
    """Seconds since 1970."""
    start: int | None = None
    tail: int | None = None
    times: bool = False


def wanted(query: dict[str, str]) -> Wanted:
    """Read a query. Raises `BadRequest`."""
    times = query.get("times", "false")
    if times not in ("true", "false"):
        raise BadRequest('"times" is "true" or "false"')
    return Wanted(
        boot=_number(
            query, "boot", r"0|-[1-9][0-9]{0,5}", "0, or -1 for the one before, and so on"
        ),
        bytes=_number(query, "bytes", r"[0-9]{1,18}", "a number of bytes"),
        since=_since(query.get("since")),
        start=_number(query, "from", r"[0-9]{1,18}", "an offset"),
        tail=_number(query, "tail", r"[0-9]{1,6}", f"a number of lines below {TAIL_MAX}"),
        times=times == "true",
    )


def _number(query: dict[str, str], key: str, form: str, expected: str) -> int | None:
    text = query.get(key)
    if text is None:
        return None
    if not re.fullmatch(form, text):
        raise BadRequest(f'"{key}" is {expected}')
    return int(text)


def _since(text: str | None) -> float | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.timestamp()
    except (ValueError, OverflowError):
        pass
    raise BadRequest('"since" is a time as in RFC 3339, such as 2026-01-31T12:00:00Z')


class Stream(NamedTuple):
    """What has a log: a console, or a VM that had a console's name before another one."""

    name: str
    past: Past
    ring: Ring
    """What of it is in memory: nothing of a VM that is gone."""
    oldest: int
    """Offset of the oldest byte that can be read."""


def _of_console(console: Console) -> Stream:
    """Give a console's stream. Raises `BootDiagnosticsRequired`."""
    store = console.log.store
    if store is None:
        raise BootDiagnosticsRequired(f"{console.name}: its log_size is 0, so it has no log")
    return Stream(console.name, store.past, console.ring, console.log.oldest)


def _of_earlier(library: Library, name: str) -> Stream:
    """Give the stream of a VM that is gone. Raises `NotFound`."""
    if name not in library.earlier():
        raise NotFound(f"{name!r}: no such log of an earlier VM")
    past = library.past(name)
    return Stream(name, past, Ring(1, base=past.end), past.oldest)


def _listed(library: Library, name: str) -> dict[str, Any]:
    """Show one log of an earlier VM as `GET /v1/logs` does."""
    console, uuid = earlier_vm(name) or (name, "")
    state = library.state(name)
    return {
        "name": name, "console": console, "uuid": uuid, "bytes": state.weight,
        "until": rfc3339(state.end_at) if state.end_at else None,
    }  # fmt: skip


async def logs(house: Facilities, request: Request) -> Response:
    """`GET /v1/logs`: those of VMs whose consoles' names are other VMs' now."""
    access, library, caller = house.access, house.library, request.demand_caller()
    mine = [name for name in library.earlier() if access.may_read_earlier(caller, name)]
    return as_json({"logs": [_listed(library, name) for name in mine]})


async def _stream(house: Facilities, request: Request, name: str) -> Stream:
    """Find the log that is asked for; a console's once it is known which VM it is."""
    if earlier_vm(name):
        house.access.demand_earlier(request.demand_caller(), name)
        return _of_earlier(house.library, name)
    await console_of(house, request, name, Verb.READ_LOG).identity.settled()
    return _of_console(console_of(house, request, name, Verb.READ_LOG))


async def log(house: Facilities, request: Request, name: str) -> Response:
    """`GET /v1/consoles/NAME/log`: a part of the boot diagnostics log. Raises `Problem`."""
    await _stream(house, request, name)
    peer = request.demand_caller().peer
    share = await house.log_readers.take((peer.uid, peer.user))
    try:
        stream = await _stream(house, request, name)  # his role, after the wait
        return replace(await _part(stream, request), done=share.end)
    except BaseException:
        share.end()
        raise


async def _part(stream: Stream, request: Request) -> Response:
    what = wanted(request.query)
    try:
        start, stop = await _range(stream, what)
        encoded = _timed if what.times else _plain
        pieces = encoded(stream, start, stop)
        first = await anext(pieces, b"")
    except (Com1Error, OSError) as error:
        raise _as_problem(stream, error) from error
    return Response(
        body=_whole(first, pieces),
        content_type=TIMED if what.times else PLAIN,
        headers=[("Com1-Start", str(start)), ("Com1-End", str(stop))],
    )


async def boots(house: Facilities, request: Request, name: str) -> Response:
    """`GET /v1/consoles/NAME/boots`: the boots that the log knows. Raises `Problem`."""
    stream = await _stream(house, request, name)
    await stream.past.settle()
    known = await stream.past.dated_boots()
    ends = [*(boot.offset for boot in known[1:]), stream.ring.end]
    return as_json(
        {
            "boots": [
                {
                    "boot": boot.boot,
                    "offset": boot.offset,
                    "started": rfc3339(boot.started),
                    "cause": boot.cause,
                    "bytes": end - boot.offset,
                }
                for boot, end in zip(known, ends, strict=False)
            ]
        }
    )


def _as_problem(stream: Stream, error: Com1Error | OSError) -> Problem:
    if isinstance(error, Problem):
        return error
    text = str(error) if isinstance(error, Com1Error) else os_reason(error)
    return LogUnavailable(text if stream.name in text else f"{stream.name}: {text}")


async def _range(stream: Stream, what: Wanted) -> tuple[int, int]:
    """Give the first offset of the part that is asked for, and the offset of its end."""
    past = stream.past
    await past.settle()
    start, stop = stream.oldest, stream.ring.end
    if what.boot is not None or (what.since is None and what.start is None):
        start, stop = past.range_of_boot(what.boot or 0, stop)
    if what.since is not None:
        start = max(start, await past.offset_at(what.since))
    if what.start is not None:
        start = max(start, what.start)
    start = min(start, stop)
    if what.bytes is not None and (what.since is not None or what.start is not None):
        stop = min(stop, start + what.bytes)
    elif what.bytes is not None:
        start = max(start, stop - what.bytes)
    if what.tail is not None:
        start = await log_reading.tail(past, stream.ring, what.tail, start, stop)
    return start, stop


async def _plain(stream: Stream, start: int, stop: int) -> AsyncGenerator[bytes, None]:
    async for piece in log_reading.read(stream.past, stream.ring, start, stop):
        yield piece.data


async def _timed(stream: Stream, start: int, stop: int) -> AsyncGenerator[bytes, None]:
    async for item in log_reading.read_marked(stream.past, stream.ring, start, stop):
        yield json.dumps(_line(item), default=str).encode() + b"\n"
    yield json.dumps({"end": stop}).encode() + b"\n"


def _line(item: Piece | Mark) -> dict[str, Any]:
    line: dict[str, Any] = {"offset": item.offset, "at": rfc3339(item.at)}
    if isinstance(item, Piece):
        return line | {"data": base64.b64encode(item.data).decode()}
    return line | {"mark": item.kind, "facts": item.facts}


async def _whole(first: bytes, rest: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    async with aclosing(rest):
        if first:
            yield first
        async for piece in rest:
            yield piece

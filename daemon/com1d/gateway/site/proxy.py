"""Requests for the daemon, passed on one to one in the name of whoever is signed in."""

import asyncio
from typing import Final

from aiohttp import ClientError, web

from com1d.errors import BadRequest, PasteTooLong
from com1d.gateway.daemon import Daemon
from com1d.gateway.messages import INERT
from com1d.gateway.signin.user import User


BODY_BYTES: Final = 2 * 1024 * 1024
"""Bytes of the longest body, as the daemon takes them."""

BODY_SECONDS: Final = 10.0
"""Within which a body has to arrive: a paste at its limit takes a modem two."""

_KEPT: Final = ("Content-Type", "Content-Length", "Com1-Start", "Com1-End")
"""Headers of the daemon's answers that the page needs."""


async def pass_on(
    request: web.BaseRequest, target: str, user: User, daemon: Daemon
) -> web.StreamResponse:
    """Pass a request on and its answer back, piece by piece, no faster than the browser reads."""
    body = await _body(request)
    async with daemon.ask(user, request.method, target, body, request.content_type) as answer:
        headers = {key: answer.headers[key] for key in _KEPT if key in answer.headers}
        response = web.StreamResponse(status=answer.status, headers=INERT | headers)
        await response.prepare(request)
        try:
            async for piece in answer.content.iter_any():
                await response.write(piece)
        except ClientError:  # the daemon went away in the middle: an answer cut short shows it
            if request.transport is not None:
                request.transport.abort()
            return response
        await response.write_eof()
    return response


async def _body(request: web.BaseRequest) -> bytes:
    if not request.can_read_body:
        return b""
    if (request.content_length or 0) > BODY_BYTES:
        raise PasteTooLong(
            f"a body of {request.content_length} bytes; at most {BODY_BYTES} are read"
        )
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_SECONDS):
            async for piece in request.content.iter_any():
                body += piece
                if len(body) > BODY_BYTES:
                    raise PasteTooLong(f"the body is longer than {BODY_BYTES} bytes")
    except TimeoutError:
        raise BadRequest(f"the body was not whole after {BODY_SECONDS:g} s") from None
    return bytes(body)

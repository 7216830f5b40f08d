"""What all answers have in common: headers, problems, and the paths that are taken at all."""

import re
from typing import Any, Final

from aiohttp import web

from com1d.errors import BadRequest, Problem
from com1d.wire.words import PROBLEM_TYPE


SECURITY: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer."""

INERT: Final = SECURITY | {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}
"""Headers of answers that are data: a guest's output is among them, and is never a page."""

_PLAIN: Final = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@%-]+/)*[A-Za-z0-9._~!$&'()*+,;=:@%-]*")
_ESCAPE: Final = re.compile("%(..?)?")
_TRICKS: Final = frozenset({"00", "2e", "2f", "5c", "25"})
"""Bytes that nobody escapes by accident: NUL, dot, slash, backslash and the percent sign itself."""


def plain_path(raw: str) -> str:
    """Give the path of a request's target. Raises `BadRequest` for one that means two things.

    Servers differ in whether `//`, `..`, `%2e` or `%2f` are one path or another, so none is taken.
    """
    path = raw.partition("?")[0]
    escapes = {(escape or "").lower() for escape in _ESCAPE.findall(path)}
    odd = any(not re.fullmatch("[0-9a-f]{2}", escape) for escape in escapes)
    if not _PLAIN.fullmatch(path) or odd or escapes & _TRICKS or {".", ".."} & set(path.split("/")):
        raise BadRequest("a path that can be read in two ways")
    return path


def as_json(value: object, status: int = 200) -> web.Response:
    """Answer with a JSON value."""
    return web.json_response(value, status=status, headers=INERT)


def as_problem(problem: Problem) -> web.Response:
    """Answer with a problem, RFC 9457."""
    return web.json_response(
        problem.as_json(), status=problem.status, content_type=PROBLEM_TYPE, headers=INERT
    )


def refused(members: dict[str, Any]) -> dict[str, Any]:
    """Give the event that says a refusal where a WebSocket is open already."""
    return {"event": "refused", **members}

"""What all answers have in common: headers, problems, and the paths that are taken at all."""

import html
import re
from typing import Any, Final

from aiohttp import web

from com1d.errors import BadRequest, Problem
from com1d.wire.words import PROBLEM_TYPE


SECURITY: Final = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "Server": "com1-web",
    "X-Content-Type-Options": "nosniff",
}
"""Headers of every answer."""

INERT: Final = SECURITY | {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
}
"""Headers of answers that are data: a guest's output is among them, and is never a page."""

_PLAIN: Final = re.compile(r"/(?:[A-Za-z0-9._~!$&'()*+,;=:@%-]+/)*[A-Za-z0-9._~!$&'()*+,;=:@%-]*")
_VIEW: Final = re.compile(r"[A-Za-z0-9._~-]{1,64}(?:\?[A-Za-z0-9._~@:+,/&=%-]{0,512})?")
"""A view is one segment below the URL, and a query: `console?name=web01`."""

_ESCAPE: Final = re.compile("%(..?)?")
_TRICKS: Final = frozenset({"00", "2e", "2f", "5c", "25"})
"""Bytes that nobody escapes by accident: NUL, dot, slash, backslash and the percent sign itself."""


def plain_path(raw: str) -> str:
    """Give the path of a request's target. Raises `BadRequest` for one that means two things.

    Servers differ in whether `//`, `..`, `..;`, `%2e` or `%2f` are one path or another, so none is
    taken; nor is a fragment, which no browser sends.
    """
    path = raw.partition("?")[0]
    steps = {step.partition(";")[0] for step in path.split("/")}
    escapes = {(escape or "").lower() for escape in _ESCAPE.findall(path)}
    odd = any(not re.fullmatch("[0-9a-f]{2}", escape) for escape in escapes)
    if not _PLAIN.fullmatch(path) or odd or escapes & _TRICKS or {".", ".."} & steps or "#" in raw:
        raise BadRequest("a path that can be read in two ways")
    return path


def is_view(text: str) -> bool:
    """Say whether a text is an address below the page's URL, and leads nowhere else."""
    return bool(_VIEW.fullmatch(text))


def as_json(value: object, status: int = 200) -> web.Response:
    """Answer with a JSON value."""
    return web.json_response(value, status=status, headers=INERT)


def as_problem(problem: Problem) -> web.Response:
    """Answer with a problem, RFC 9457."""
    return web.json_response(
        problem.as_json(), status=problem.status, content_type=PROBLEM_TYPE, headers=INERT
    )


def as_page(title: str, text: str, back: str, status: int) -> web.Response:
    """Answer a browser that was sent here by another site, so that no page of ours is open."""
    title, text, back = (html.escape(words) for words in (title, text, back))
    body = (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
        '<meta name="viewport" content="width=device-width"><meta name="color-scheme" '
        f'content="light dark"><h1>{title}</h1><p>{text}</p><p><a href="{back}">Back</a></p></html>'
    )
    return web.Response(text=body, status=status, headers=INERT, content_type="text/html")


def refused(members: dict[str, Any]) -> dict[str, Any]:
    """Give the event that says a refusal where a WebSocket is open already."""
    return {"event": "refused", **members}

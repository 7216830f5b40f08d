"""`com1-web link`: asks the running gateway for a one-time link."""

import http.client
import io
import json
import socket
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import segno

from com1d.errors import EX_FAILURE, EX_NOPERM, EX_UNAVAILABLE, Com1Error
from com1d.values import dataclass


PATIENCE: Final = 15.0
"""Seconds for an answer, which needs the daemon's."""


class LinkRefusedError(Com1Error):
    """There is no link. The text says why."""

    def __init__(self, text: str, exit_code: int) -> None:
        super().__init__(text)
        self.exit_code = exit_code
        """With which the command ends."""


@dataclass(frozen=True, slots=True)
class Link:
    """A one-time link."""

    url: str
    user: str
    minutes: float
    obstacle: str | None
    """What keeps the user from seeing any console, and how to mend it."""


def link(desk: Path, user: str | None = None) -> Link:
    """Ask for a link, for oneself or, as root, for `user`. Raises `LinkRefusedError`."""
    query = f"?{urlencode({'for': user})}" if user else ""
    try:
        status, members = _ask(desk, f"/link{query}")
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise LinkRefusedError(
            f"no gateway answers at {desk} ({error}). Is com1-web running, and may you open that?",
            EX_NOPERM if isinstance(error, PermissionError) else EX_UNAVAILABLE,
        ) from error
    if status != http.HTTPStatus.OK:
        text = members.get("detail") or members.get("title")
        raise LinkRefusedError(f"{text}. {members.get('remedy', '')}", EX_FAILURE)
    return Link(members["url"], members["user"], members["seconds"] / 60, members["obstacle"])


def _ask(desk: Path, target: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection("com1-web")
    connection.sock = socket.socket(socket.AF_UNIX)
    with connection.sock as sock:
        sock.settimeout(PATIENCE)
        sock.connect(str(desk))
        connection.request("POST", target, headers={"Content-Length": "0"})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def qr_code(url: str) -> str:
    """Draw a link for the camera of a telephone, with half blocks."""
    drawing = io.StringIO()
    segno.make(url, error="l").terminal(drawing, compact=True)
    return drawing.getvalue()

"""The daemon that runs: its process, and what it answers on com1d.sock."""

import http.client
import json
import os
import socket
import struct
from pathlib import Path
from typing import Any, Final

from com1d.values import dataclass


PATIENCE: Final = 5.0
"""Seconds for an answer. A daemon that takes longer is in trouble itself."""

_CREDENTIALS: Final = struct.Struct("iII")
"""struct ucred: pid, uid and gid (unix(7), SO_PEERCRED)."""


@dataclass(frozen=True, slots=True)
class Running:
    """A daemon that answered."""

    pid: int
    version: str
    """Empty where it does not say."""
    consoles: tuple[dict[str, Any], ...]
    """As `GET /v1/consoles` shows them."""


class SilentDaemonError(Exception):
    """Somebody listens on com1d.sock, but does not answer, or not us."""


def ask(path: Path) -> Running | None:
    """Ask the daemon behind the socket at `path`; None where nobody listens.

    Raises `SilentDaemonError` where it does not answer as com1d does.
    """
    try:
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(os.fspath(path))
            credentials = connection.getsockopt(
                socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size
            )
    except (FileNotFoundError, ConnectionRefusedError):
        return None
    except OSError as error:
        raise SilentDaemonError(str(error)) from None
    consoles = json.loads(_get(path, "/v1/consoles"))["consoles"]
    return Running(_CREDENTIALS.unpack(credentials)[0], _version(path), tuple(consoles))


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=PATIENCE)
        self._path = path

    def connect(self) -> None:
        """Connect to the socket."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


def _get(path: Path, target: str) -> bytes:
    connection = _Connection(path)
    try:
        connection.request("GET", target)
        answer = connection.getresponse()
        body = answer.read()
    except (OSError, http.client.HTTPException) as error:
        raise SilentDaemonError(f"{target}: {error or 'no answer'}") from None
    finally:
        connection.close()
    if answer.status != http.HTTPStatus.OK:
        raise SilentDaemonError(f"{target}: {answer.status} {answer.reason}")
    return body


def _version(path: Path) -> str:
    """Read the version from the metrics."""
    try:
        text = _get(path, "/metrics").decode(errors="replace")
    except SilentDaemonError:
        return ""
    _, _, found = text.partition('com1d_build_info{version="')
    return found.partition('"')[0]

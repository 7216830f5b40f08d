"""`com1d upgrade`: has the installed version take over from the running daemon."""

import http.client
import json
import socket
import sys
from pathlib import Path
from typing import Any, Final

from com1d import config
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_OK, ConfigError


ANSWER_SECONDS: Final = 60.0
"""How long the daemon may take: the installed version reads the configuration first."""


class _Daemon(http.client.HTTPConnection):
    """A connection to the daemon's socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("com1d", timeout=ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Connect to the path instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(ANSWER_SECONDS)
        self.sock.connect(str(self._path))


def upgrade(path: Path, *, as_json: bool = False) -> int:
    """Ask the daemon of the configuration at `path`; give the exit code.

    0: the installed version serves, and nobody was disconnected. 1: the running one goes on, and
    one line on stderr says why. 78: the configuration is wrong.
    """
    try:
        where = config.load(path).daemon.api_socket
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return EX_CONFIG
    try:
        status, answer = _ask(where)
    except (OSError, ValueError, http.client.HTTPException) as error:
        sys.stderr.write(f"com1d: not upgraded: {where}: {error}\n")
        return EX_FAILURE
    if as_json:
        sys.stdout.write(json.dumps(answer) + "\n")
    if status != http.client.OK:
        sys.stderr.write(f"com1d: not upgraded: {answer.get('detail') or answer.get('title')}\n")
        return EX_FAILURE
    if not as_json:
        pause = answer["seconds"] * 1000
        sys.stdout.write(f"com1d {answer['version']} has taken over within {pause:.0f} ms\n")
    return EX_OK


def _ask(where: Path) -> tuple[int, dict[str, Any]]:
    connection = _Daemon(where)
    try:
        connection.request("POST", "/v1/upgrade")
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    finally:
        connection.close()

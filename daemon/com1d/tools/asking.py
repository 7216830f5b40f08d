"""Asking the running daemon: HTTP on com1d.sock, for the tools."""

import contextlib
import http.client
import json
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from com1d.config import load
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_UNAVAILABLE, PROBLEMS, Com1Error, ConfigError


PATIENCE: Final = 30.0
"""Seconds for an answer, or the next line of one that goes on."""

ANSWER_MAX: Final = 64 << 20
"""Bytes of one answer: the metrics of 10,000 consoles."""


class AskingError(Com1Error):
    """The daemon cannot be asked, or refuses; `code` is the exit code."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


class _Connection(http.client.HTTPConnection):
    def __init__(self, path: Path, patience: float) -> None:
        super().__init__("localhost", timeout=patience)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(os.fspath(self._path))


def socket_of(config: Path) -> Path:
    """Give the socket of the daemon whose configuration is at `config`. Raises `AskingError`."""
    try:
        return load(config).daemon.api_socket
    except ConfigError as error:
        raise AskingError(
            f"{error}\ncom1d: its socket is in the configuration", EX_CONFIG
        ) from None


@contextlib.contextmanager
def answer(
    path: Path, target: str, patience: float = PATIENCE
) -> Iterator[http.client.HTTPResponse]:
    """Send a GET to the daemon behind the socket at `path`. Raises `AskingError`."""
    connection = _Connection(path, patience)
    try:
        connection.request("GET", target)
        response = connection.getresponse()
        if response.status != http.HTTPStatus.OK:
            raise _refused(response.read(ANSWER_MAX))
        yield response
    except (OSError, http.client.HTTPException) as error:
        reason = error.strerror if isinstance(error, OSError) else ""
        text = f"com1d does not answer at {path}: {reason or error}"
        raise AskingError(text, EX_UNAVAILABLE) from None
    finally:
        connection.close()


def get(path: Path, target: str) -> bytes:
    """Give the body of an answer. Raises `AskingError`."""
    with answer(path, target) as response:
        return response.read(ANSWER_MAX)


def _refused(body: bytes) -> AskingError:
    problem: dict[str, Any] = {}
    with contextlib.suppress(ValueError):
        problem = json.loads(body)
    known = PROBLEMS.get(str(problem.get("code")))
    text = f"{problem.get('code', 'failed')}: {problem.get('detail') or problem.get('title', '')}"
    return AskingError(text, known.exit_code if known else EX_FAILURE)


def failed(error: AskingError) -> int:
    """Say in one line what went wrong; give the exit code."""
    text = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in str(error))
    sys.stderr.write(f"com1d: {text}\n")
    return error.code

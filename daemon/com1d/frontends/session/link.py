"""The client's side of `com1d.sock`: one request, one answer, and errors for people.

Whatever goes wrong is a `ClientError`: it has the members of a problem object (RFC 9457)
whether the daemon sent them or the client made them, the exit code, and one line for stderr.
Only what a one-shot command needs is imported; sessions are in `attachment`.
"""

import contextlib
import grp
import json
import os
import socket
from collections.abc import Iterator, Mapping
from http.client import HTTPConnection, HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from com1d.errors import EX_FAILURE, EX_NOPERM, EX_UNAVAILABLE, PROBLEMS, Com1Error
from com1d.frontends.words.visible import visible


DEFAULT_SOCKET: Final = "/run/com1d/com1d.sock"

ANSWER_PATIENCE: Final = 30.0
"""Seconds for one answer. The daemon answers at once, but for what a hypervisor takes to obey."""

ACT_PATIENCE: Final = 90.0
"""Seconds for a verb. The daemon gives a hypervisor 10 s for each, a program for `exec:` 60."""

RESTART_PATIENCE: Final = 360.0
"""The same for a restart: 180 s, for `exec:` 300, which a guest may need to shut down."""

ANSWER_MAX: Final = 8 << 20
"""Bytes of one JSON answer: 10,000 consoles with 800 bytes each. More is no answer of a com1d."""

CHUNK_BYTES: Final = 65536
"""Bytes of a log handled at once."""


EX_INTERRUPTED: Final = 130
"""Exit code after Ctrl-C, as shells have it: 128 and the signal's number."""


class ClientError(Com1Error):
    """A command did not do what it was asked; `members` are those of a problem object."""

    def __init__(self, members: Mapping[str, Any], exit_code: int) -> None:
        self.members = dict(members)
        self.exit_code = exit_code
        super().__init__(self.as_line())

    @property
    def code(self) -> str:
        """The stable name of the problem."""
        return str(self.members.get("code", "failed"))

    @property
    def title(self) -> str:
        """What went wrong, in a few words; safe to print."""
        return visible(str(self.members.get("title") or self.code))

    @property
    def brief(self) -> str:
        """What went wrong, without what to do about it; safe to print."""
        return visible(f"{self.code}: {self.members.get('detail') or self.members.get('title')}")

    def as_line(self) -> str:
        """Give the one line for stderr: code, title, and what else is known; safe to print."""
        parts = [str(self.members.get(key, "")) for key in ("title", "detail", "remedy")]
        said = [part.rstrip(". ") for part in dict.fromkeys(parts) if part]
        text = ". ".join(said).replace("?. ", "? ")  # a proposal ends as a question
        return visible(f"com1: {self.code}: {text}")


class UnreachableError(ClientError):
    """There is no daemon to talk to, or not one that can be understood."""

    def __init__(self, detail: str, remedy: str = "Is com1d running? See --socket") -> None:
        members = {"code": "unreachable", "title": "com1d cannot be reached"}
        super().__init__(members | {"detail": detail, "remedy": remedy}, EX_UNAVAILABLE)


def refused(status: int, body: bytes) -> ClientError:
    """Turn an answer that is no success into an error."""
    members: Any = None
    with contextlib.suppress(ValueError):
        members = json.loads(body)
    if not isinstance(members, dict):
        return UnreachableError(f"an answer with HTTP status {status} and no problem object")
    known = PROBLEMS.get(str(members.get("code")))
    usual = {"code": f"http-{status}", "title": "com1d refused"}
    return ClientError(usual | members, known.exit_code if known else EX_FAILURE)


def why_unreachable(path: str, error: Exception) -> ClientError:
    """Say in words why talking through the socket at `path` failed."""
    if isinstance(error, PermissionError):
        return _no_access(path)
    for kind, detail in _REASONS:
        if isinstance(error, kind):
            return UnreachableError(detail.format(path=path, reason=error))
    return UnreachableError(f"what answers at {path} does not speak HTTP as com1d does")


_REASONS: Final[tuple[tuple[type[Exception], str], ...]] = (
    (FileNotFoundError, "there is no {path}"),
    (ConnectionRefusedError, "nobody listens at {path}"),
    (TimeoutError, "no answer at {path} in time"),
    (ConnectionError, "the connection to {path} broke off before the answer was whole"),
    (OSError, "{path}: {reason}"),
)


def _no_access(path: str) -> ClientError:
    """Say that the file mode of the socket keeps this user out."""
    try:
        gid = Path(path).stat().st_gid
        group = grp.getgrgid(gid).gr_name
    except (OSError, KeyError):  # it is in a directory that is closed, too
        group = ""
    whose = f"{path} is for root and the group {group}" if group else path
    first = ""
    if group == "root":  # nobody should have to join that
        group, first = "com1", 'groupadd com1, socket_group = "com1" in com1d.toml, '
    members = {
        "code": "forbidden",
        "title": "You may not open com1d's socket",
        "detail": whose,
        "remedy": f"An administrator: {first}usermod -aG {group or 'SOCKET_GROUP'} USER, and a "
        "[[roles]] entry; then sign in anew",
    }
    return ClientError(members, EX_NOPERM)


class _UnixConnection(HTTPConnection):
    def __init__(self, path: str, patience: float) -> None:
        super().__init__("localhost", timeout=patience)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)


class Link:
    """One-shot requests to the daemon behind the socket at `path`; all may raise `ClientError`."""

    def __init__(self, path: str) -> None:
        self.path = path

    def get(self, path: str) -> Any:
        """Give the JSON answer to a GET."""
        return self._json("GET", path, None, ANSWER_PATIENCE)

    def post(self, path: str, body: Any = None, *, patience: float = ANSWER_PATIENCE) -> Any:
        """Give the JSON answer to a POST; an empty object where the daemon has nothing to say."""
        return self._json("POST", path, body, patience)

    @contextlib.contextmanager
    def stream(self, path: str) -> Iterator[tuple[Iterator[bytes], HTTPMessage]]:
        """Give the body of the answer to a GET piece by piece, and its headers."""
        with self._answer("GET", path, None, ANSWER_PATIENCE) as answer:
            yield self._pieces(answer), answer.headers

    def _pieces(self, answer: HTTPResponse) -> Iterator[bytes]:
        while piece := self._read(answer, CHUNK_BYTES):
            yield piece
        if answer.length:  # http.client keeps silent about an end that comes too early
            raise why_unreachable(self.path, ConnectionResetError())

    def _json(self, method: str, path: str, body: Any, patience: float) -> Any:
        with self._answer(method, path, body, patience) as answer:
            content = self._read(answer, ANSWER_MAX)
        try:
            return json.loads(content) if content else {}  # what was cut off is no whole JSON
        except ValueError:
            raise UnreachableError(f"an answer at {self.path} that is not JSON") from None

    @contextlib.contextmanager
    def _answer(self, method: str, path: str, body: Any, patience: float) -> Iterator[HTTPResponse]:
        connection = _UnixConnection(self.path, patience)
        headers = {} if body is None else {"Content-Type": "application/json"}
        content = None if body is None else json.dumps(body).encode()
        try:
            try:
                with contextlib.suppress(BrokenPipeError):  # refused before all of it was sent
                    connection.request(method, path, content, headers)
                answer = connection.getresponse()
            except (OSError, HTTPException) as error:
                raise why_unreachable(self.path, error) from None
            with answer:
                if not 200 <= answer.status < 300:  # noqa: PLR2004  # RFC 9110, section 15.3
                    raise refused(answer.status, self._read(answer, ANSWER_MAX))
                yield answer
        finally:
            connection.close()

    def _read(self, answer: HTTPResponse, size: int) -> bytes:
        try:
            return answer.read(size)
        except (OSError, HTTPException) as error:
            raise why_unreachable(self.path, error) from None


def console_path(name: str, *more: str) -> str:
    """Give the path of a console, or of something below it."""
    # An argument that the locale could not decode holds its bytes as surrogates.
    return "/".join(("/v1/consoles", quote(name.encode(errors="surrogateescape"), safe=""), *more))


def default_socket() -> str:
    """Give the socket to use when no option names one."""
    return os.environ.get("COM1_SOCKET") or DEFAULT_SOCKET

"""Stand-ins for the daemon, for what a healthy one does not do on request."""

import contextlib
import json
import re
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.datastructures import Headers
from websockets.http11 import Request, Response


def response(
    body: bytes, status: str = "200 OK", length: int | None = None, head: str = ""
) -> bytes:
    """Give an HTTP answer."""
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{head}\r\n".encode() + body


@contextlib.contextmanager
def answering(path: Path, answer: bytes) -> Iterator[list[bytes]]:
    """Answer one request at `path` with `answer`; the list given will hold the request."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            connection, _ = listener.accept()
            with connection:
                heard.append(_whole_request(connection))
                connection.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield heard
        finally:
            thread.join()


@contextlib.contextmanager
def serving(path: Path, post: bytes, console: bytes) -> Iterator[list[bytes]]:
    """Answer POSTs at `path` with `post`, GETs with `console`; the list will hold the POSTs."""
    heard: list[bytes] = []
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            while True:
                connection, _ = listener.accept()
                with connection:
                    request = _whole_request(connection)
                    if not request:
                        return
                    if request.startswith(b"POST"):
                        heard.append(request)
                    connection.sendall(post if request.startswith(b"POST") else console)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield heard
        finally:
            with socket.socket(socket.AF_UNIX) as last:
                last.connect(str(path))
            thread.join()


def _whole_request(connection: socket.socket) -> bytes:
    request = connection.recv(65536)
    if not request:
        return b""
    length = re.search(rb"(?i)\r\ncontent-length: (\d+)\r\n", request)
    size = request.index(b"\r\n\r\n") + 4 + (int(length[1]) if length else 0)
    while len(request) < size:
        request += connection.recv(65536)
    return request


Story = Callable[["Visit"], Awaitable[None]]


class Visit:
    """One attachment, as the daemon's side tells it."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    async def says(self, data: bytes) -> None:
        """Send console bytes."""
        await self._connection.send(data)

    async def tells(self, event: str, **members: Any) -> None:
        """Send an event."""
        await self._connection.send(json.dumps({"event": event, **members}))

    async def attached(self, end: int = 0, replay: int = 0, **members: Any) -> None:
        """Send the event that comes first."""
        await self.tells("attached", offset=end, replay=replay, user="root", **members)

    async def hears(self) -> bytes | str:
        """Wait for a message."""
        return await self._connection.recv()

    async def ends(self, code: int, reason: str = "") -> None:
        """Close."""
        await self._connection.close(code, reason)

    def dies(self) -> None:
        """Vanish without a word."""
        self._connection.transport.abort()

    async def gone(self) -> None:
        """Wait until the client has left."""
        await self._connection.wait_closed()


class Double:
    """Listens at `socket`; each attachment gets the next of `stories`."""

    def __init__(self, folder: Path) -> None:
        self.socket = str(folder / "double.sock")
        self.paths: list[str] = []
        self.refusals: list[tuple[int, dict[str, Any]]] = []
        self.pages: dict[str, tuple[dict[str, str], bytes]] = {}
        """Headers and bodies of what is no attachment."""
        self._stories: list[Story] = []

    @contextlib.asynccontextmanager
    async def tells(self, *stories: Story) -> AsyncIterator[None]:
        """Serve while the context lasts."""
        self._stories = list(stories)
        async with unix_serve(
            self._visit, self.socket, subprotocols=["com1.v1"], process_request=self._answer
        ):
            yield

    async def _visit(self, connection: ServerConnection) -> None:
        await self._stories.pop(0)(Visit(connection))

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        if page := self.pages.get(request.path):
            head = Headers({**page[0], "Content-Length": str(len(page[1]))})
            return Response(200, "OK", head, page[1])
        if not self.refusals:
            return None
        status, problem = self.refusals.pop(0)
        return connection.respond(status, json.dumps(problem))

"""A client that is another user: run as root, it becomes whom it is told to be and does its steps.

`python identity.py '{"uid": …, "gid": …, "groups": […], "steps": […]}'` prints one JSON list. Only
the standard library, and all of it loaded before: another user may not be able to read more.
"""

import json
import os
import re
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path


PATIENCE = 30.0

WEBSOCKET = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Protocol: com1.v1\r\n"
)


def act(uid: int, *steps: list, gid: int = 0, groups: tuple[int, ...] = ()) -> list:
    """Do the steps in a process of that user, and give what each came to."""
    task = {"uid": uid, "gid": gid or uid, "groups": groups, "steps": steps}
    done = subprocess.run(
        [sys.executable, "-S", __file__, json.dumps(task)],
        capture_output=True, check=True, timeout=2 * PATIENCE,
    )  # fmt: skip
    return json.loads(done.stdout)


class Actor:
    """Carries the steps out; connections stay open until its end."""

    def __init__(self) -> None:
        self.open: dict[str, socket.socket] = {}

    def connect(self, path: str) -> socket.socket:
        if path not in self.open:
            sock = socket.socket(socket.AF_UNIX)
            sock.settimeout(PATIENCE)
            sock.connect(path)
            self.open[path] = sock
        return self.open[path]

    def become(self, uid: int) -> str:
        """Change the user, from or back to root, while connections are open."""
        os.seteuid(0)
        os.seteuid(uid)
        return f"uid {os.geteuid()}"

    def dial(self, path: str) -> str:
        """Only connect."""
        self.connect(path)
        return "connected"

    def http(self, path: str, method: str, target: str, body: str = "") -> list:
        """Make a request on the connection that is open, and give status and body."""
        sock = self.connect(path)
        head = f"{method} {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n"
        sock.sendall(head.encode() + body.encode())
        return self.answer(sock)

    def websocket(self, path: str, target: str, typed: str = "") -> list:
        """Open a WebSocket, send a binary frame, and give status and what came back at once."""
        sock = self.connect(path)
        sock.sendall(f"GET {target} HTTP/1.1\r\nHost: x\r\n{WEBSOCKET}\r\n".encode())
        status, body = self.answer(sock)
        if status == 101:
            frame = bytes([0x82, 0x80 | len(typed), 0, 0, 0, 0]) + typed.encode()
            sock.sendall(frame)
            while typed and "input-refused" not in body:
                body += sock.recv(65536).decode(errors="replace")
        del self.open[path]
        sock.close()
        return [status, body]

    def raw(self, path: str, typed: str = "") -> str:
        """Type into a raw socket, and give what it says until it is closed or has refused."""
        sock = self.connect(path)
        said = b""
        with suppress(ConnectionError):  # refused before it could type
            sock.sendall(typed.encode())
        with suppress(ConnectionError):
            while b"com1d: " not in said and (data := sock.recv(65536)):
                said += data
        del self.open[path]
        sock.close()
        return said.decode()

    def names(self, path: str) -> list:
        """List a directory."""
        return sorted(entry.name for entry in Path(path).iterdir())

    def answer(self, sock: socket.socket) -> list:
        data = b""
        while b"\r\n\r\n" not in data:
            data += sock.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        if length := re.search(rb"(?i)content-length: (\d+)", head):
            while len(body) < int(length[1]):
                body += sock.recv(65536)
        elif b"chunked" in head.lower():
            while not body.endswith(b"0\r\n\r\n"):
                body += sock.recv(65536)
        return [int(head.split()[1]), body.decode(errors="replace")]


def main() -> None:
    task = json.loads(sys.argv[1])
    actor = Actor()
    os.setgroups(task["groups"])
    os.setegid(task["gid"])
    os.seteuid(task["uid"])
    done = []
    for name, *arguments in task["steps"]:
        try:
            done.append(getattr(actor, name)(*arguments))
        except OSError as error:
            done.append(type(error).__name__)
    sys.stdout.write(json.dumps(done))


if __name__ == "__main__":
    main()

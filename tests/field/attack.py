"""One attacker: `python attack.py KIND ROUNDS FOLDER GROUP` does what somebody on the host can do.

Only the standard library, and all of it loaded before it becomes a stranger. What the daemon
refuses, or hangs up on, is what it should do: the attacker goes on to the next round.
"""

import json
import os
import socket
import sys
from collections.abc import Callable
from contextlib import ExitStack, suppress


PATIENCE = 10.0
STRANGER = 20001
API = "run/com1d.sock"
OPENING = (
    "GET {} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: com1.v1\r\n\r\n"
)
REQUEST = "{} {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n"


def connect(stack: ExitStack, path: str = API) -> socket.socket:
    sock = stack.enter_context(socket.socket(socket.AF_UNIX))
    sock.settimeout(PATIENCE)
    sock.connect(path)
    return sock


def opened(stack: ExitStack, target: str) -> socket.socket:
    """Open a WebSocket, whatever is answered."""
    sock = connect(stack)
    sock.sendall(OPENING.format(target).encode())
    sock.recv(4096)
    return sock


def frame(payload: bytes, opcode: int, *, last: bool = True) -> bytes:
    head = bytes([(0x80 if last else 0) | opcode, 0xFF]) + len(payload).to_bytes(8)
    return head + bytes(4) + payload


def long_bodies(stack: ExitStack) -> None:
    """Announce two megabytes, and send them as far as they are taken."""
    for _ in range(8):
        sock = connect(stack)
        sock.sendall(REQUEST.format("POST", "/v1/consoles/c00/paste", (2 << 20) - 1).encode())
        with suppress(OSError):
            for _ in range(31):
                sock.sendall(bytes(65536))


def broken_heads(stack: ExitStack) -> None:
    """Send what is no head, one too long, and one that never ends."""
    for data in (bytes(16384), b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 9000, b"GET /v1/con"):
        with suppress(OSError):
            connect(stack).sendall(data)


def refusals(stack: ExitStack) -> None:
    """Ask for what is refused, for consoles that there are and that are made up."""
    sock = connect(stack)
    for number in range(100):
        target = f"/v1/consoles/c{number:02}/nmi"
        sock.sendall(REQUEST.format("POST", target, 0).encode())
        sock.recv(4096)


def json_frames(stack: ExitStack) -> None:
    """Send operations that take long to read, as an observer, who may do none of them."""
    sock = opened(stack, "/v1/consoles/c01/attach?mode=observe")
    with suppress(OSError):
        for text in (b"[" * 60000, json.dumps([[]] * 20000).encode(), b'{"op":"' + b"x" * 64000):
            sock.sendall(frame(text, 1))


def fragments(stack: ExitStack) -> None:
    """Send a message in thousands of parts that never come to an end."""
    sock = opened(stack, "/v1/consoles/c02/attach?mode=observe")
    with suppress(OSError):
        sock.sendall(frame(b"x", 1, last=False) + frame(b"xy", 0, last=False) * 5000)


def silent_streams(stack: ExitStack) -> None:
    """Subscribe to all events, and read none."""
    for _ in range(16):
        opened(stack, "/v1/events")


def unread_logs(stack: ExitStack) -> None:
    """Ask for whole logs, and read nothing of them."""
    for number in range(16):
        target = f"/v1/consoles/c{number:02}/log?from=0&times=true"
        connect(stack).sendall(REQUEST.format("GET", target, 0).encode())


def screens(stack: ExitStack) -> None:
    """Have the screens of all guests computed, the hostile ones included."""
    asked = []
    for number in range(16):
        asked.append(connect(stack))
        target = f"/v1/consoles/c{number:02}/attach?mode=observe&replay=screen&rows=50&cols=300"
        asked[-1].sendall(OPENING.format(target).encode())
    for sock in asked:
        sock.recv(4096)


def verified_pastes(stack: ExitStack) -> None:
    """Paste into guests whose echo is anything but one."""
    body = json.dumps({"text": "echo hello\n" * 4, "verify": True})
    for number in range(16):
        head = REQUEST.format("POST", f"/v1/consoles/c{number:02}/paste", len(body))
        connect(stack).sendall((head + body).encode())


STRANGERS: tuple[Callable[[ExitStack], None], ...] = (long_bodies, broken_heads, refusals)
MEMBERS: tuple[Callable[[ExitStack], None], ...] = (
    json_frames, fragments, silent_streams, unread_logs, screens, verified_pastes,
)  # fmt: skip


def main(kind: str, rounds: str, folder: str, group: str) -> None:
    """Attack, as a stranger where it takes no role."""
    os.chdir(folder)
    attack = next(one for one in (*STRANGERS, *MEMBERS) if one.__name__ == kind)
    if attack in STRANGERS:
        os.setgroups([int(group)])
        os.setgid(STRANGER)
        os.setuid(STRANGER)
    for _ in range(int(rounds)):
        with ExitStack() as stack, suppress(OSError):
            attack(stack)


if __name__ == "__main__":
    main(*sys.argv[1:])

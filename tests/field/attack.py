"""`python attack.py KIND ROUNDS FOLDER GROUP PORT` does what somebody on the host can do.

Only the standard library, and all of it loaded before it becomes a stranger. What the daemon
refuses, or hangs up on, is what it should do: the attacker goes on to the next round. Connections
are held until standard input ends.
"""

import encodings.idna  # noqa: F401 - for addresses, as a stranger
import json
import os
import resource
import selectors
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path


PATIENCE = 60.0
STRANGER = 20001
CONSOLES = 16
API = "run/com1d.sock"
FLOOD = "flood.qmp"
OPENING = (
    "GET {} HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Protocol: com1.v1\r\n\r\n"
)
REQUEST = "{} {} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n"


class Crowd:
    """The connections of one attacker, all of them held."""

    def __init__(self, port: int) -> None:
        self._held: list[socket.socket] = []
        self._port = port

    def connect(self, path: str = API) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX)
        self._held.append(sock)
        sock.connect(path)
        sock.settimeout(PATIENCE)
        return sock

    def scrape(self) -> socket.socket:
        """Connect to the metrics."""
        self._held.append(socket.create_connection(("127.0.0.1", self._port), PATIENCE))
        return self._held[-1]

    def opened(self, target: str) -> socket.socket:
        """Open a WebSocket, whatever is answered."""
        sock = self.connect()
        sock.sendall(OPENING.format(target).encode())
        sock.recv(12)
        return sock

    def asked(self, method: str, target: str, body: bytes = b"", length: int = 0) -> socket.socket:
        """Send a request, or the beginning of one, and read nothing."""
        sock = self.connect()
        sock.sendall(REQUEST.format(method, target, length or len(body)).encode() + body)
        return sock


def frame(payload: bytes, opcode: int, *, last: bool = True) -> bytes:
    head = bytes([(0x80 if last else 0) | opcode, 0xFF]) + len(payload).to_bytes(8)
    return head + bytes(4) + payload


def of(number: int, action: str) -> str:
    return f"/v1/consoles/c{number:02}/{action}"


def long_bodies(crowd: Crowd) -> None:
    """Announce two megabytes, and send them as far as they are taken."""
    for _ in range(8):
        sock = crowd.asked("POST", of(0, "paste"), b"", (2 << 20) - 1)
        with suppress(OSError):
            for _ in range(31):
                sock.sendall(bytes(65536))


def broken_heads(crowd: Crowd) -> None:
    """Send what is no head, one too long, and one that never ends."""
    for data in (bytes(16384), b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 9000, b"GET /v1/con"):
        with suppress(OSError):
            crowd.connect().sendall(data)


def refusals(crowd: Crowd) -> None:
    """Ask for what is refused, for consoles that there are and that are made up."""
    sock = crowd.connect()
    for number in range(100):
        sock.sendall(REQUEST.format("POST", of(number, "nmi"), 0).encode())
        sock.recv(4096)


def streams_of_nobody(crowd: Crowd) -> None:
    """Subscribe without a role, and send on."""
    for _ in range(64):
        with suppress(OSError):
            crowd.opened("/v1/events").sendall(frame(bytes(100_000), 2, last=False))


def scrapes(crowd: Crowd) -> None:
    """Take the metrics for oneself: bodies, connections that stay, one byte at a time."""
    for data in (
        REQUEST.format("POST", "/metrics", 2 << 20),
        "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n",
        "G",
    ):
        with suppress(OSError):
            crowd.scrape().sendall(data.encode())


def moving_vms(crowd: Crowd) -> None:
    """Be the owner of VMs that come, go, and lead elsewhere."""
    del crowd
    for number in range(20):
        place = Path(f"vms/v{number}/com1.sock")
        place.parent.mkdir(exist_ok=True)
        place.symlink_to("../../run/com1d.sock")
        place.unlink()
        os.mkfifo(place)
        place.unlink()
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(place))
            server.listen(1)
        place.unlink()


def json_frames(crowd: Crowd) -> None:
    """Send operations that take long to read, as an observer, who may do none of them."""
    for text in (b"[" * 60000, json.dumps([[]] * 20000).encode(), b'{"op":"' + b"x" * 64000):
        with suppress(OSError):
            crowd.opened(of(1, "attach?mode=observe")).sendall(frame(text, 1))


def long_operations(crowd: Crowd) -> None:
    """Send operations of two megabytes, as who types."""
    for text in (
        b'{"op":"paste","text":"' + b"x" * ((2 << 20) - 100) + b'"}',
        b'{"a":[' + b"0," * 30000,
    ):
        with suppress(OSError):
            crowd.opened(of(3, "attach?replay=none")).sendall(frame(text, 1))


def fragments(crowd: Crowd) -> None:
    """Send a message in thousands of parts that never come to an end."""
    sock = crowd.opened(of(2, "attach?mode=observe"))
    with suppress(OSError):
        sock.sendall(frame(b"x", 1, last=False) + frame(b"xy", 0, last=False) * 5000)


def silent_streams(crowd: Crowd) -> None:
    """Subscribe to all events, and read none."""
    for _ in range(16):
        crowd.opened("/v1/events")


def unread_logs(crowd: Crowd) -> None:
    """Ask for whole logs, and read nothing of them."""
    for number in range(CONSOLES):
        crowd.asked("GET", of(number, "log?from=0&times=true"))


def last_lines(crowd: Crowd) -> None:
    """Have lines counted back over whole logs, as another user whose turns are his own."""
    for number in range(CONSOLES):
        crowd.asked("GET", of(number, "log?from=0&tail=900000"))
        crowd.asked("GET", of(number, "boots"))


def screens(crowd: Crowd) -> None:
    """Have the screens of all guests computed, the hostile ones included."""
    size = "mode=observe&replay=screen&rows=50&cols=300"
    asked = [crowd.connect() for _ in range(CONSOLES)]
    for number, sock in enumerate(asked):
        sock.sendall(OPENING.format(of(number, f"attach?{size}")).encode())
    for sock in asked:
        sock.recv(4096)


def verified_pastes(crowd: Crowd) -> None:
    """Paste into guests whose echo is anything but one."""
    body = json.dumps({"text": "echo hello\n" * 4, "verify": True}).encode()
    for number in range(CONSOLES):
        crowd.asked("POST", of(number, "paste"), body)


def held_keys(crowd: Crowd) -> None:
    """Hold keys, send breaks and SysRq to all guests, and hang up in the middle."""
    for number in range(CONSOLES):
        crowd.asked("POST", of(number, "keys"), b'{"keys":["F8"],"hold":true}')
        crowd.asked("POST", of(number, "sysrq"), b'{"keys":"REISUB"}')
        crowd.asked("POST", of(number, "nmi")).close()


def preemptions(crowd: Crowd) -> None:
    """Throw everybody out again and again, and go."""
    for number in range(CONSOLES):
        crowd.connect(f"run/consoles/c{number:02}.sock").sendall(b"x" * 9000)
        crowd.opened(of(number, "attach")).close()


def switches(crowd: Crowd) -> None:
    """Switch a console off and on, and hang up before it is done."""
    for action in ("disable", "enable"):
        crowd.asked("POST", of(15, action)).close()


STRANGERS: tuple[Callable[[Crowd], None], ...] = (
    long_bodies, broken_heads, refusals, streams_of_nobody, scrapes, moving_vms,
)  # fmt: skip
MEMBERS: tuple[Callable[[Crowd], None], ...] = (
    json_frames, long_operations, fragments, silent_streams, unread_logs, last_lines, screens,
    verified_pastes, held_keys, preemptions, switches,
)  # fmt: skip


def hypervisor() -> None:
    """Be a QEMU that answers everything, and tells of resets without an end."""
    reset = {
        "event": "RESET",
        "data": {"guest": False},
        "timestamp": {"seconds": 0, "microseconds": 0},
    }
    greeting = {
        "QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 0}}, "capabilities": []}
    }
    ready = selectors.DefaultSelector()
    server = socket.socket(socket.AF_UNIX)
    server.bind(FLOOD)
    server.listen(64)
    os.write(1, b"\n")
    seconds, clients = 0, set()
    ready.register(server, selectors.EVENT_READ)
    ready.register(sys.stdin, selectors.EVENT_READ)
    while True:
        for key, _ in ready.select(0.002):
            if key.fileobj is sys.stdin:
                return
            with suppress(OSError, ValueError):
                if key.fileobj is server:
                    client, _ = server.accept()
                    client.sendall(json.dumps(greeting).encode() + b"\r\n")
                    ready.register(client, selectors.EVENT_READ)
                    continue
                assert isinstance(key.fileobj, socket.socket)
                if not (asked := key.fileobj.recv(65536)):
                    ready.unregister(key.fileobj)
                    clients.discard(key.fileobj)
                    continue
                command = json.loads(asked)
                answer = {"return": {"status": "running"}} | {
                    k: command[k] for k in ("id",) if k in command
                }
                key.fileobj.sendall(json.dumps(answer).encode() + b"\r\n")
                clients.add(key.fileobj)
        seconds += 10
        reset["timestamp"] = {"seconds": seconds, "microseconds": 0}
        for client in clients:
            with suppress(OSError):
                client.send(json.dumps(reset).encode() + b"\r\n", socket.MSG_DONTWAIT)


def main(kind: str, rounds: str, folder: str, group: str, port: str) -> None:
    """Attack, as a stranger where it takes no role; say when it is done, and stay until told."""
    os.chdir(folder)
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if kind == hypervisor.__name__:
        hypervisor()
        return
    attack = next(one for one in (*STRANGERS, *MEMBERS) if one.__name__ == kind)
    if attack in STRANGERS:
        os.setgroups([int(group)])
        os.setgid(STRANGER)
        os.setuid(STRANGER)
    crowd = Crowd(int(port))
    for _ in range(int(rounds)):
        with suppress(OSError):
            attack(crowd)
    os.write(1, b"\n")
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])

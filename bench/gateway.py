"""What com1-web costs: memory of idle streams, processor of busy ones, and time added to a key.

python bench/gateway.py [--streams 1000] [--seconds 10]

com1d and com1-web are processes of their own; guest, browsers and the user's key are in here. A
guest prints 1 kB/s in pieces of 50 bytes, and every stream observes it.
"""

import argparse
import asyncio
import http.client
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import procs


BIN = Path(sys.executable).parent
PORT = 8599
ORIGIN = f"http://127.0.0.1:{PORT}"
STREAMS_OF_ONE = 50
"""Streams of one user; the gateway takes 64."""
PIECE = b"The guest says something every fifty milliseconds.\n"[:50]
PATIENCE = 30.0
KEYS = 2000

DAEMON = """
[daemon]
runtime_dir = "{0}/run"
state_dir = "{0}/state"
log_dir = "{0}/log"
metrics = ""
require_boot_diagnostics = false
max_clients = 8192
[defaults]
log_size = 0
guest = "linux"
[consoles.vm]
port = "pipe:{0}/guests/vm"
[[gateways]]
uid = {1}
"""
ROLE = """
[[roles]]
principal = "{0}"
role = "contributor"
scope = "*"
"""
WEB = """
[web]
url = "{1}/"
listen = "127.0.0.1:{2}"
daemon = "{0}/run/com1d.sock"
runtime_dir = "{0}"
seal_key = "{0}/seal.key"
metrics = ""
"""


class Stream(asyncio.Protocol):
    """A browser that counts what it gets."""

    def __init__(self) -> None:
        self.got = 0
        self.transport: asyncio.Transport | None = None
        self.fresh = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self.transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Count."""
        self.got += len(data)
        self.fresh.set()


@contextmanager
def both(folder: Path) -> Iterator[int]:
    """Run daemon and gateway, and give the gateway's pid."""
    (folder / "guests").mkdir()
    users = (f"user:user{number}" for number in range(0, 10000, STREAMS_OF_ONE))
    roles = "".join(map(ROLE.format, (f"uid:{os.geteuid()}", "user:typist", *users)))
    (folder / "com1d.toml").write_text(DAEMON.format(folder, os.geteuid()) + roles)
    (folder / "web.toml").write_text(WEB.format(folder, ORIGIN, PORT))
    started: list[subprocess.Popen[bytes]] = []
    try:
        for name, config in (("com1d", "com1d.toml"), ("com1-web", "web.toml")):
            argv = [str(BIN / name), "--config", str(folder / config)]
            with (folder / f"{name}.log").open("wb") as log:
                started.append(subprocess.Popen(argv, stderr=log))
        wait_for((folder / "run" / "com1d.sock").exists)
        wait_for(lambda: (folder / "link.sock").exists() and dials(PORT))
        yield started[1].pid
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def wait_for(condition: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > until:
            sys.exit("it does not start")
        time.sleep(0.01)


def dials(port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def cookie(folder: Path, user: str) -> str:
    """Sign a user in by a link."""
    web = [str(BIN / "com1-web"), "link", "--for", user, "--config", str(folder / "web.toml")]
    link = subprocess.run(web, check=True, capture_output=True, text=True).stdout
    connection = http.client.HTTPConnection("127.0.0.1", PORT)
    body = json.dumps({"token": link.strip().partition("#")[2]})
    connection.request("POST", "/link", body, {"Origin": ORIGIN, "X-Com1": "1"})
    said = connection.getresponse().headers["Set-Cookie"]
    connection.close()
    return said.partition(";")[0]


def head(query: str, *extra: str) -> bytes:
    lines = [
        f"GET /v1/consoles/vm/attach?replay=none&{query} HTTP/1.1",
        "Host: bench", "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: com1.v1", *extra,
    ]  # fmt: skip
    return "\r\n".join((*lines, "", "")).encode()


async def attach(streams: int, folder: Path) -> list[Stream]:
    loop, made = asyncio.get_running_loop(), list[Stream]()
    for number in range(streams):
        if number % STREAMS_OF_ONE == 0:
            said = await asyncio.to_thread(cookie, folder, f"user{len(made)}")
        _, stream = await loop.create_connection(Stream, "127.0.0.1", PORT)
        stream.transport.write(head("mode=observe", f"Origin: {ORIGIN}", f"Cookie: {said}"))
        made.append(stream)
        while stream.got < 300:  # the 101 and `attached`
            stream.fresh.clear()
            await asyncio.wait_for(stream.fresh.wait(), PATIENCE)
    return made


def processor(pid: int) -> float:
    """Give the seconds of processor that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def busy(pid: int, guest: int, streams: list[Stream], seconds: float) -> float:
    """Give the share of a core that the gateway takes while the guest prints 1 kB/s."""
    before, got = processor(pid), sum(stream.got for stream in streams)
    began = time.monotonic()
    for beat in range(round(seconds * 20)):
        os.write(guest, PIECE)
        await asyncio.sleep(max(0.0, began + (beat + 1) / 20 - time.monotonic()))
    share = (processor(pid) - before) / (time.monotonic() - began)
    per_stream = (sum(stream.got for stream in streams) - got) / len(streams) / seconds
    print(f"  each stream got {per_stream:.0f} B/s, frames included")
    return share


async def keys(stream: Stream, guest_in: int, guest_out: int) -> list[float]:
    """Give the seconds from key to echo, in order."""
    took = []
    for _ in range(KEYS):
        stream.fresh.clear()
        began = time.perf_counter()
        stream.transport.write(bytes([0x82, 0x81, 0, 0, 0, 0]) + b"a")
        while True:
            try:
                echo = os.read(guest_in, 16)
                break
            except BlockingIOError:
                await asyncio.sleep(0)
        os.write(guest_out, echo)
        await stream.fresh.wait()
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.001)
    return sorted(took)


async def dial(folder: Path, *, gateway: bool) -> Stream:
    loop = asyncio.get_running_loop()
    if gateway:
        said = await asyncio.to_thread(cookie, folder, "typist")
        _, stream = await loop.create_connection(Stream, "127.0.0.1", PORT)
        stream.transport.write(head("", f"Origin: {ORIGIN}", f"Cookie: {said}"))
    else:
        _, stream = await loop.create_unix_connection(Stream, str(folder / "run" / "com1d.sock"))
        stream.transport.write(head(""))
    await asyncio.sleep(1)
    return stream


async def measure(folder: Path, pid: int, options: argparse.Namespace) -> None:
    ends = [
        os.open(f"{folder}/guests/vm.{end}", os.O_RDWR | os.O_NONBLOCK) for end in ("in", "out")
    ]
    await asyncio.sleep(0.5)
    base = procs.resident_kib([pid])
    streams = await attach(200, folder)
    await asyncio.sleep(1)
    grown = procs.resident_kib([pid]) - base
    print(f"idle: {base} KiB, and {grown / 200:.1f} KiB a stream (200)")
    streams += await attach(options.streams - 200, folder)
    share = await busy(pid, ends[1], streams, options.seconds)
    weight = procs.resident_kib([pid])
    print(f"{options.streams} streams at 1 kB/s: {share:.2f} of a core, {weight} KiB")
    for stream in streams:
        stream.transport.close()
    await asyncio.sleep(1)
    for gateway in (False, True):
        stream = await dial(folder, gateway=gateway)
        took = await keys(stream, *ends)
        p50, p99 = (took[len(took) * part // 100] * 1000 for part in (50, 99))
        print(f"{'gateway' if gateway else 'socket '}: key to echo {p50:.2f} ms, p99 {p99:.2f} ms")
        stream.transport.close()
        await asyncio.sleep(0.2)
    for end in ends:
        os.close(end)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--streams", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=10)
    options = parser.parse_args()
    limits = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits[1], limits[1]))
    with tempfile.TemporaryDirectory(dir="/dev/shm") as name, both(Path(name)) as pid:
        asyncio.run(measure(Path(name), pid, options))


if __name__ == "__main__":
    main()

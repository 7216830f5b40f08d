"""One of many processes that attach again and again: `python storm.py API CONSOLES COUNT SEED`.

Half of the attaches are raw and half WebSockets; each second one stays until the next is in, so
that others preempt it. Only the standard library, so that fifty of them start in no time.
"""

import random
import socket
import sys


PATIENCE = 60.0

UPGRADE = (
    "GET /v1/consoles/{}/attach?replay=none HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: com1.v1\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def connect(path: str) -> socket.socket:
    sock = socket.socket(socket.AF_UNIX)
    sock.settimeout(PATIENCE)
    sock.connect(path)
    return sock


def attach(folder: str, name: str, *, raw: bool) -> socket.socket:
    if raw:
        return connect(f"{folder}/consoles/{name}.sock")
    sock = connect(f"{folder}/com1d.sock")
    sock.sendall(UPGRADE.format(name).encode())
    if not sock.recv(12).startswith(b"HTTP/1.1 101"):
        sys.exit("not let in")
    return sock


def main() -> None:
    folder, consoles, count, seed = sys.argv[1], *map(int, sys.argv[2:])
    choose = random.Random(seed)
    held = None
    for number in range(count):
        name = f"c{choose.randrange(consoles)}"
        sock = attach(folder, name, raw=number % 2 == 0)
        if held is not None:
            held.close()
            held = None
        if number % 4 < 2:
            held = sock
        else:
            sock.close()
    if held is not None:
        held.close()


if __name__ == "__main__":
    main()

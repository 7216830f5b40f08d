"""Inside the machine: com1-web as its unit starts it, from `com1-web link` to a console's bytes."""

import json
import re
import socket
import subprocess
import sys
import time
from http.client import HTTPConnection
from pathlib import Path


WEB = Path(sys.executable).parent / "com1-web"
ADDRESS = ("127.0.0.1", 8523)
ORIGIN = "http://127.0.0.1:8523"
PATIENCE = 60.0


def until(true) -> None:
    limit = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > limit:
            sys.exit(told("systemctl", "status", "--no-pager", "-l", "com1-web", "com1d"))
        time.sleep(0.05)


def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def listens() -> bool:
    with socket.socket() as sock:
        return sock.connect_ex(ADDRESS) == 0


def ask(method: str, path: str, cookie: str = "", body: str = "") -> tuple[int, str, str]:
    connection = HTTPConnection(*ADDRESS)
    head = {"Origin": ORIGIN, "X-Com1": "1", "Cookie": cookie}
    connection.request(method, path, body, head)
    answer = connection.getresponse()
    said = answer.read().decode()
    connection.close()
    return answer.status, said, answer.headers.get("Set-Cookie", "").partition(";")[0]


def first_event(cookie: str) -> dict:
    """Attach to the simulated guest, and give the first event."""
    lines = (
        "GET /v1/consoles/demo/attach HTTP/1.1", "Host: x", f"Origin: {ORIGIN}",
        f"Cookie: {cookie}", "Connection: Upgrade", "Upgrade: websocket",
        "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Protocol: com1.v1", "", "",
    )  # fmt: skip
    with socket.create_connection(ADDRESS, PATIENCE) as sock:
        sock.sendall("\r\n".join(lines).encode())
        data = b""
        while not (found := re.search(rb'\{"event":"[^}]*\}', data)):
            if not (more := sock.recv(4096)):
                sys.exit(f"no event: {data!r}")
            data += more
    return json.loads(found[0])


def main() -> None:
    until(lambda: Path("/run/com1d/com1d.sock").exists() and listens())
    made = subprocess.run([WEB, "link"], capture_output=True, text=True, check=False)
    if made.returncode or "com1d.toml" in made.stderr:
        sys.exit(made.stderr)
    token = made.stdout.strip().partition("#")[2]
    status, _, cookie = ask("POST", "/link", body=json.dumps({"token": token}))
    consoles = json.loads(ask("GET", "/v1/consoles", cookie)[1])["consoles"]
    event = first_event(cookie)["event"]
    subprocess.run(["systemctl", "restart", "com1-web"], check=True)
    until(listens)
    again = ask("GET", "/v1/consoles", cookie)[0]
    pid = told("systemctl", "show", "-P", "MainPID", "com1-web").strip()
    process = Path(f"/proc/{pid}/status").read_text()
    capabilities = re.findall(r"CapEff:\t(.*)", process)
    user = Path(f"/proc/{pid}").owner()
    key = Path("/var/lib/com1-web/seal.key").stat()
    desk = Path("/run/com1-web/link.sock")
    until(lambda: desk.stat().st_mode & 0o777 == 0o660)
    sys.stdout.write(
        f"signed in: {status}\nconsoles: {[one['name'] for one in consoles]}\nstream: {event}\n"
        f"after a restart: {again}\ncapabilities: {capabilities}\nuser: {user}\n"
        f"key: {key.st_mode & 0o777:o}, {key.st_size} bytes\ndesk: {desk.group()}\n"
    )


if __name__ == "__main__":
    main()

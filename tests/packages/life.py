"""Runs inside a clean Debian: the package's life, with a user who types all the while."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path


PATIENCE = 60.0
GUEST = Path("/run/com1d/guests/vm")
CONSOLE = '[consoles.vm]\nport = "pipe:/run/com1d/guests/vm"\n'


def command(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    sys.stdout.write(f"$ {' '.join(words)}\n{done.stdout}{done.stderr}")
    sys.stdout.flush()
    assert done.returncode == 0, f"{words}: {done.returncode}"
    return done.stdout.strip()


def install(package: str) -> None:
    options = ["--force-confold", "--force-downgrade"]
    command("dpkg", *options, "--install", f"/packages/{package}.deb")


def main_pid() -> str:
    return command("systemctl", "show", "-P", "MainPID", "com1d.service")


def user_of(pid: str) -> str:
    return command("stat", "-c", "%U", f"/proc/{pid}")


def until(true, what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


class Session:
    """A user on a raw socket, and the guest; each byte is seen to come through."""

    def __init__(self) -> None:
        self.out = os.open(f"{GUEST}.out", os.O_RDWR | os.O_NONBLOCK)
        self.into = os.open(f"{GUEST}.in", os.O_RDWR | os.O_NONBLOCK)
        self.user = socket.socket(socket.AF_UNIX)
        self.user.settimeout(PATIENCE)
        until(Path("/run/com1d/consoles/vm.sock").is_socket, "the console")
        self.user.connect("/run/com1d/consoles/vm.sock")
        self.count = 0

    def goes_on(self) -> None:
        """See that the guest's words reach the user, and the user's the guest, each once."""
        self.count += 1
        word = b"<%d>" % self.count
        os.write(self.out, word)
        got = b""
        while len(got) < len(word):
            piece = self.user.recv(100)
            assert piece, "the session ended"
            got += piece
        assert got == word, got
        self.user.sendall(word)
        typed = b""
        deadline = time.monotonic() + PATIENCE
        while len(typed) < len(word):
            try:
                typed += os.read(self.into, 100)
            except BlockingIOError:
                assert time.monotonic() < deadline, "nothing reached the guest"
                time.sleep(0.01)
        assert typed == word, typed


def from_root(session: Session) -> None:
    """Restart a com1d that was root, as before it had a user: it goes on as that user."""
    drop_in = Path("/etc/systemd/system/com1d.service.d/root.conf")
    drop_in.parent.mkdir()
    for text, user in (("[Service]\nUser=root\n", "root"), ("", "com1d")):
        drop_in.write_text(text)
        command("systemctl", "daemon-reload")
        command("systemctl", "restart", "com1d.service")
        assert user_of(main_pid()) == user
        session.goes_on()
    logs = Path("/var/log/com1d/audit.jsonl")
    assert command("stat", "-c", "%U", str(logs)) == "com1d"


def main() -> None:
    install("old")
    assert user_of(main_pid()) == "com1d"
    assert command("stat", "-c", "%U %G", "/run/com1d") == "com1d com1d"
    assert Path("/usr/share/man/man8/com1-web.8.gz").exists()
    assert command("systemctl", "is-active", "com1d.service") == "active"
    assert command("systemctl", "is-enabled", "com1d.service") == "enabled"
    with Path("/etc/com1d/com1d.toml").open("a") as settings:
        settings.write(CONSOLE)
    command("com1d", "check")
    command("systemctl", "reload", "com1d.service")
    until(Path(f"{GUEST}.out").exists, "the FIFOs")
    session = Session()
    session.goes_on()
    from_root(session)
    for package in ("new", "old"):
        before = main_pid()
        install(package)
        until(lambda before=before: main_pid() != before, "another daemon")
        session.goes_on()
        assert CONSOLE in Path("/etc/com1d/com1d.toml").read_text()
        sys.stdout.write(f"{package}: the session goes on\n")
    command("dpkg", "--remove", "com1d")
    assert Path("/etc/com1d/com1d.toml").exists()
    assert Path("/var/log/com1d").exists()
    command("dpkg", "--purge", "com1d")
    for place in (
        "/etc/com1d",
        "/var/log/com1d",
        "/var/lib/com1d",
        "/usr/lib/com1d",
        "/usr/bin/com1",
    ):
        assert not Path(place).exists(), f"{place} is left"
    sys.stdout.write("purged\n")


main()

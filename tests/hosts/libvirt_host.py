"""Runs inside a machine with libvirt: a domain is defined, started and logged in to through com1d.

After that, `restarts` does to com1d what happens on hosts.
"""

import os
import pwd
import socket
import subprocess
import sys
import time
from pathlib import Path

from hosts.restarts import CONFIG, GUESTS, endure, until


LOGIN_SECONDS = 120.0
"""A kernel boots in ten, when nobody else wants the processor."""

COUNT = b"i=0; while :; do printf 'line %08d\\n' $i; i=$((i+1)); usleep 200000; done\n"


def command(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert not done.returncode, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout


def virsh(*words: str) -> str:
    return command("virsh", "--quiet", "--connect", "qemu:///system", *words)


def com1d(*words: str) -> str:
    return command(sys.executable, "-m", "com1d", *words, "--config", str(CONFIG))


def expect(console: socket.socket, awaited: bytes) -> None:
    """Read the console until something is printed."""
    got = b""
    deadline = time.monotonic() + LOGIN_SECONDS
    while awaited not in got:
        console.settimeout(max(deadline - time.monotonic(), 0.01))
        piece = console.recv(4096)
        assert piece, got
        got += piece


def log_in() -> None:
    """Log in as a person would, and leave a program behind that prints."""
    with socket.socket(socket.AF_UNIX) as console:
        console.connect("/run/com1d/consoles/vm.sock")
        expect(console, b"guest login: ")
        console.sendall(b"root\n")
        expect(console, b"Password: ")
        console.sendall(b"guest\n")
        expect(console, b"guest# ")
        console.sendall(COUNT)
        expect(console, b"line 00000001")
    sys.stdout.write("logged in\n")


def answers() -> bool:
    """Say whether libvirtd can be asked."""
    asked = ["virsh", "--connect", "qemu:///system", "uri"]
    return not subprocess.run(asked, check=False, capture_output=True).returncode


def owner(path: Path) -> str:
    return pwd.getpwuid(path.stat().st_uid).pw_name


def qemu() -> int:
    """Give its pid."""
    return int(Path("/run/libvirt/qemu/vm.pid").read_text())


def main() -> None:
    sys.stdout.write(com1d("check"))
    domain = Path("/out/domain.xml")
    serial = com1d("guest-args", "vm", "--libvirt")
    domain.write_text(domain.read_text().replace("{serial}", serial))
    until(answers, "libvirtd")
    virsh("define", str(domain))
    virsh("start", "vm")
    lent = owner(next(GUESTS.glob("vm*")))
    sys.stdout.write(f"qemu is {owner(Path(f'/proc/{qemu()}'))}, and the port is lent to {lent}\n")
    log_in()
    endure(cleaner=(GUESTS / "vm.in").exists())
    virsh("destroy", "vm")


os.environ["LC_ALL"] = "C"
if __name__ == "__main__":
    main()

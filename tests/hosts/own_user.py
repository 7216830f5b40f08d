"""Runs inside a machine whose com1d is a user of its own: prints what it can do, and what is said.

Two VMs are there: one on FIFOs, of a user in the group kvm, and one on a Unix socket that nobody
but its own user may open. Both print.
"""

import json
import os
import pty
import re
import socket
import subprocess
import sys
import termios
import urllib.request
from pathlib import Path

from hosts.restarts import CONFIG, Api, get, until


STRANGER = 65534


def command(*words: str, ok: bool = True) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert not ok or not done.returncode, f"{words}: {done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def com1d(*words: str) -> str:
    return command(sys.executable, "-m", "com1d", *words, "--config", str(CONFIG), ok=False)


def tell(what: str, value: object) -> None:
    sys.stdout.write(f"{what}: {value}\n")
    sys.stdout.flush()


def status(pid: str) -> dict[str, str]:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def console(name: str) -> dict:
    api = Api("com1d")
    api.request("GET", f"/v1/consoles/{name}")
    found = json.loads(api.getresponse().read())
    api.close()
    return found


def processes() -> None:
    """Print whose com1d and its writer are, what they may do, and that their memory is locked."""
    pid = command("systemctl", "show", "-P", "MainPID", "com1d").strip()
    writer = command("pgrep", "-P", pid).split()[0]
    for name, number in (("com1d", pid), ("writer", writer)):
        said = status(number)
        user = command("id", "-nu", said["Uid"].split()[0]).strip()
        limit = re.search(r"Max locked memory +(\S+)", Path(f"/proc/{number}/limits").read_text())
        may = limit is not None and limit[1] == "unlimited"  # a container may be refused it
        locked = said["VmSwap"] == "0 kB" and may == (said["VmLck"] != "0 kB")
        tell(name, f"{user} {said['CapEff']} {said['CapBnd']} locked {locked}")


def a_client_is_named() -> None:
    """Attach as root: com1d names the process, which is another user's."""
    with socket.socket(socket.AF_UNIX) as user:
        user.connect("/run/com1d/consoles/vm.sock")
        until(lambda: json.loads(get(""))["active"], "the session")
        active = json.loads(get(""))["active"]
        assert active is not None
        comm = Path("/proc/self/comm").read_text().strip()
        tell("client", f"{active['user']} {active['command'] == comm}")


def a_pty_of_another_user() -> None:
    """Give com1d a pty as libvirt would: nobody else may open it."""
    master, slave = pty.openpty()
    name = os.ttyname(slave)
    raw = termios.tcgetattr(slave)
    raw[1] = 0
    termios.tcsetattr(slave, termios.TCSANOW, raw)
    os.chown(name, STRANGER, STRANGER)
    Path(name).chmod(0o600)
    os.close(slave)
    with CONFIG.open("a") as config:
        config.write(f'[consoles.tty]\nport = "pty:{name}"\n')
    command("systemctl", "reload", "com1d")
    until(lambda: console("tty")["connected"], "the pty")
    os.write(master, b"from a pty")
    until(lambda: console("tty")["offset"] >= len(b"from a pty"), "its output")
    tell("pty", "connected")


def a_wrong_configuration() -> None:
    """Reload with a mistake: systemctl fails, the journal says why, com1d goes on."""
    right = CONFIG.read_text()
    CONFIG.write_text(right + "[nonsense]\n")
    failed = subprocess.run(["systemctl", "reload", "com1d"], check=False).returncode
    CONFIG.write_text(right)
    said = command("journalctl", "-u", "com1d", "-o", "json", "COM1D_EVENT=config.refused")
    entry = json.loads(said.splitlines()[-1])
    tell("reload", f"{bool(failed)} priority {entry['PRIORITY']} {'nonsense' in entry['MESSAGE']}")
    tell("goes on", console("vm")["connected"])


def a_reload_where_there_are_roles() -> None:
    """Once they are in force, com1d's own user has none."""
    with CONFIG.open("a") as config:
        config.write('[[roles]]\nprincipal = "uid:0"\nrole = "owner"\nscope = "*"\n')
    command("systemctl", "reload", "com1d")
    command("systemctl", "reload", "com1d")
    tell("reload with roles", "done")


def main() -> None:
    until(lambda: console("vm")["connected"] and console("web")["connected"], "both ports")
    until(lambda: console("vm")["offset"] > 100 and console("web")["offset"] > 100, "both VMs")
    processes()
    a_client_is_named()
    with urllib.request.urlopen("http://127.0.0.1:9521/metrics") as page:
        tell("metrics", b"com1d_build_info" in page.read())
    a_pty_of_another_user()
    a_wrong_configuration()
    a_reload_where_there_are_roles()
    sys.stdout.write(com1d("check"))
    sys.stdout.write(com1d("doctor"))


if __name__ == "__main__":
    main()

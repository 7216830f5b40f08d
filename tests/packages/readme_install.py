"""Runs inside a clean Debian: README's Install to the letter, but for pip, which wants a network.

readme_install.py CHECKOUT: what pip would have installed is taken from the checkout's environment.
"""

import re
import subprocess
import sys
from pathlib import Path


def block(readme: str, heading: str) -> str:
    """Give the first block of commands below a heading."""
    return re.findall(rf"^## {heading}\n+```sh\n(.*?)```", readme, re.DOTALL | re.MULTILINE)[0]


def main(checkout: Path) -> None:
    readme = (checkout / "README.md").read_text()
    lines = block(readme, "Install").splitlines()
    assert "pip install" in lines[0]
    home = Path("/etc/systemd/system/com1d.service.d/home.conf")
    home.parent.mkdir()
    home.write_text("[Service]\nProtectHome=no\n")  # where the checkout's Python may be
    Path("/root").chmod(0o755)
    link = f"ln -s {checkout}/.venv /opt/com1d"
    script = "\n".join(["set -ex", f"cd {checkout}", link, *lines[1:]])
    shell = ["sh", "-c", script]
    sys.stdout.flush()
    assert not subprocess.run(shell, stderr=subprocess.STDOUT, check=False).returncode
    asked = [
        "com1 list --json",
        "systemctl is-active com1d.service com1d.socket",
        "systemctl is-enabled com1d.service com1d.socket com1d-guests.service",
        "echo user: $(stat -c %U /proc/$(systemctl show -P MainPID com1d))",
        "echo modes: $(stat -c '%U %G %a' /run/com1d /run/com1d/com1d.sock)",
        "ls /usr/local/share/man/man8",
        "systemctl reload com1d && echo reloaded",
        "systemctl restart com1d && com1 list --json >/dev/null && echo restarted",
    ]
    for one in asked:
        done = subprocess.run(["sh", "-c", one], capture_output=True, text=True, check=False)
        sys.stdout.write(f"{one}: {' '.join((done.stdout + done.stderr).split())}\n")


main(Path(sys.argv[1]))

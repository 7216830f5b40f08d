"""What `com1d guest-args` prints is what a real QEMU takes, and its bytes arrive."""

import asyncio
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from control.machine import NMI, Machine
from frontends.harness import Daemon, running
from guests.line import EXPECT_SECONDS
from guests.operate import port_up, post
from guests.session import attached


pytestmark = pytest.mark.guest


class Printed(Machine):
    """A VM that is started with given arguments for its port and its control."""

    arguments: tuple[str, ...] = ()

    def command(self, monitor: int) -> list[str]:
        return [
            *("setpriv", "--pdeathsig", "KILL"),
            *("qemu-system-x86_64", "-nodefaults", "-no-user-config", "-display", "none"),
            *("-machine", "q35", "-accel", "tcg", "-m", "16"),
            *("-drive", f"format=raw,file={self.disk}"),
            *("-chardev", f"socket,fd={monitor},id=harness"),
            *("-mon", "chardev=harness,mode=control"),
            *self.arguments,
        ]


def port_of(kind: str, folder: Path) -> str:
    """Write the port of a console; a comma in its path means something to QEMU."""
    if kind == "tcp":
        with socket.create_server(("127.0.0.1", 0)) as free:
            return f"tcp:127.0.0.1:{free.getsockname()[1]}"
    return f"{kind}:{folder}/com,1"


def printed(daemon: Daemon) -> tuple[str, ...]:
    """Ask for the arguments."""
    asked = [sys.executable, "-m", "com1d", "guest-args", "vm", "--json"]
    done = subprocess.run(
        [*asked, "--config", str(daemon.folder / "com1d.toml")], check=True, capture_output=True
    )
    return tuple(json.loads(done.stdout)["arguments"])


@pytest.mark.parametrize("kind", ["pipe", "listen", "unix", "tcp", "pty"])
async def test_qemu_takes_it(run_dir, kind):
    """A VM that is started with it is heard, and can be controlled."""
    config = (
        f'[consoles.vm]\nport = "{port_of(kind, run_dir)}"\ncontrol = "qmp:{run_dir}/q,mp.sock"\n'
    )
    with running(run_dir, config) as daemon:
        machine = Printed("pipe:", run_dir)
        machine.arguments = printed(daemon)
        async with attached(daemon.socket) as session, machine:
            link = run_dir / "com,1"
            if kind == "pty" and not link.is_symlink():  # QEMU makes it itself since 9.2
                link.symlink_to(await machine.pty_path())
            await port_up(daemon, "vm")
            async with asyncio.timeout(EXPECT_SECONDS):
                while NMI not in session.received:  # it boots first, and a pty takes a second
                    answer = await post(daemon, "vm/nmi")
                    await asyncio.sleep(0.05)
    assert (200, {"state": "running"}) == (answer.status, answer.json)

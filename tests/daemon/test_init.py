"""The daemon as the first process of a container."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from frontends.harness import running, until


UNSHARE = (shutil.which("unshare") or "", "--pid", "--fork", "--kill-child")

PROC = (*UNSHARE, "--mount-proc")

ORPHAN = "import os, sys; os.fork() and os._exit(0); os.setsid(); open(sys.argv[1], 'w').close()"
"""Leaves a child behind, which ends soon."""


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def daemon_of(first: int) -> int | None:
    """Give the daemon that the first process waits for: what has its command."""
    command = Path(f"/proc/{first}/cmdline").read_bytes().split(b"\0")[1:]
    for pid in children(first):
        with suppress(OSError):
            if Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[1:] == command:
                return pid
    return None


def is_zombie(pid: int) -> bool:
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


@pytest.mark.skipif(os.geteuid() != 0, reason="a namespace of processes takes root")
def test_as_the_first_process_it_can_be_upgraded(run_dir: Path):
    """PID 1 stays, the session goes on, and a signal to PID 1 stops the successor."""
    with running(run_dir, '[consoles.a]\nport = "demo:"\n', under=PROC) as daemon:
        [first] = children(daemon.process.pid)
        before = daemon_of(first)
        with socket.socket(socket.AF_UNIX) as user:
            user.connect(f"{run_dir}/run/consoles/a.sock")
            user.settimeout(30)
            assert user.recv(1)
            command = [
                sys.executable,
                "-m",
                "com1d",
                "upgrade",
                "--config",
                str(run_dir / "com1d.toml"),
            ]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            assert 0 == done.returncode, done.stdout + done.stderr
            until(lambda: daemon_of(first) not in (before, None), "the successor")
            assert daemon.process.poll() is None
            user.sendall(b"cmd\r")
            while b"SAC>" not in user.recv(4096):
                pass
        os.kill(first, signal.SIGTERM)
        assert 0 == daemon.process.wait(30)
    log = (run_dir / "daemon.log").read_text()
    assert "daemon.upgraded" in log
    assert "daemon.stopped" in log


@pytest.mark.skipif(os.geteuid() != 0, reason="a namespace of processes takes root")
@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_as_the_first_process_it_reaps_and_stops(run_dir: Path, asked: int):
    """Orphans leave no zombies, and a signal to PID 1 stops the daemon in good order."""
    control = run_dir / "control"
    control.write_text(f'#!/bin/sh\n{sys.executable} -c "{ORPHAN}" $0.left\n')
    control.chmod(0o755)
    consoles = f'[consoles.a]\nport = "listen:{run_dir}/a"\ncontrol = "exec:{control}"\n'
    with running(run_dir, consoles, under=UNSHARE) as daemon:
        [first] = children(daemon.process.pid)
        assert daemon.run("send", "reset", "a").returncode == 0
        until(Path(f"{control}.left").exists, "the orphan")
        until(lambda: not any(map(is_zombie, children(first))), "the reaping")
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(daemon.socket)
        os.kill(first, asked)
        assert 0 == daemon.process.wait(30)
    assert "daemon.stopped" in (run_dir / "daemon.log").read_text()

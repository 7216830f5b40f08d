"""The daemon as the first process of a container."""

import os
import shutil
import signal
import socket
import sys
from pathlib import Path

import pytest

from frontends.harness import running, until


UNSHARE = (shutil.which("unshare") or "", "--pid", "--fork", "--kill-child")

ORPHAN = "import os, sys; os.fork() and os._exit(0); os.setsid(); open(sys.argv[1], 'w').close()"
"""Leaves a child behind, which ends soon."""


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_zombie(pid: int) -> bool:
    try:
        return " Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


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

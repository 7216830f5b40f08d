"""A daemon started by a parent that ignores signals: `nohup com1d &`, or a careless supervisor."""

import signal
import sys
from pathlib import Path

from frontends.harness import running


IGNORING = (
    "import os, signal, sys\n"
    "for number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGCHLD):\n"
    "    signal.signal(number, signal.SIG_IGN)\n"
    "os.execv(sys.argv[1], sys.argv[1:])\n"
)
"""Starts another program as such a parent does."""

CONTROL = """\
#!/bin/sh
grep ^SigIgn /proc/self/status >"$0.said"
exit 3
"""


def test_children_start_with_the_defaults(run_dir: Path):
    """A control program ignores nothing, its exit status is told, and SIGQUIT stays ignored."""
    control = run_dir / "control"
    control.write_text(CONTROL)
    control.chmod(0o755)
    consoles = f'[consoles.web01]\nport = "listen:{run_dir}/web01"\ncontrol = "exec:{control}"\n'
    with running(run_dir, consoles, under=(sys.executable, "-c", IGNORING)) as daemon:
        daemon.process.send_signal(signal.SIGQUIT)
        done = daemon.run("send", "reset", "web01")

    assert b"exit status 3" in done.stderr
    assert "SigIgn:\t0000000000000000\n" == Path(f"{control}.said").read_text()

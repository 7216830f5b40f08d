"""com1d was tried by hand as root, and runs as a user of its own afterwards.

Its directories are that user's by then, as the unit makes them; root's files are still in them.
"""

import json
import os
import shutil
import socket
from contextlib import closing
from pathlib import Path

import pytest

from frontends.harness import Daemon, Guest, running, until
from identity import WEBSOCKET


NOBODY = 65534

AS_NOBODY = (
    *("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
    *("--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"),
)
"""It may read all that there is, as the checkout, and write no more than any user."""

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="is root first")


def chown(path: Path, *, whole: bool) -> None:
    """Give a directory to nobody; the whole, or as systemd's LogsDirectory= finds it right."""
    for each in (path, *(path.iterdir() if whole else ())):
        os.chown(each, NOBODY, NOBODY)
        if each != path and each.is_dir():
            chown(each, whole=True)


def attach(daemon: Daemon) -> int:
    """Give the status of an attach."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(daemon.socket)
        request = f"GET /v1/consoles/vm/attach HTTP/1.1\r\nHost: x\r\n{WEBSOCKET}\r\n"
        client.sendall(request.encode())
        return int(client.recv(4096).split()[1])


def told(daemon: Daemon) -> list[dict[str, str]]:
    """Give what the daemon's log says of files that may not be written."""
    lines = (daemon.folder / "daemon.log").read_text().splitlines()
    facts = [json.loads(line) for line in lines if line.startswith("{")]
    return [fact for fact in facts if "ermission denied" in fact.get("reason", "")]


@pytest.fixture(params=["the log", "the audit", "the state", "all"])
def kept(request: pytest.FixtureRequest, run_dir: Path) -> str:
    """Have com1d run as root, and leave root's files of the kind that is given."""
    with running(run_dir, consoles(run_dir)) as daemon, closing(Guest(daemon, "vm")) as guest:
        guest.says(b"as root\r\n")
        until(lambda: b"as root" in daemon.run("log", "vm").stdout, "the log")
    shutil.rmtree(run_dir / "run")
    os.chown(run_dir, NOBODY, NOBODY)
    chown(run_dir / "state", whole=request.param in ("the log", "the audit"))
    chown(run_dir / "log", whole=request.param == "the state")
    if request.param == "the log":
        os.chown(run_dir / "log" / "audit.jsonl", NOBODY, NOBODY)
    elif request.param == "the audit":
        chown(run_dir / "log" / "vm", whole=True)
        os.chown(run_dir / "log" / ".lock", NOBODY, NOBODY)
    return request.param


def consoles(folder: Path) -> str:
    return f'[consoles.vm]\nport = "listen:{folder}/vm"\n'


def test_files_of_root_are_named_and_nobody_gets_in_unrecorded(kept: str, run_dir: Path):
    """The guest is read; the file, or whose log it is, is named; `chown` is all that it takes."""
    nobodys = running(run_dir, consoles(run_dir), AS_NOBODY)
    with nobodys as daemon, closing(Guest(daemon, "vm")) as guest:
        guest.says(b"as nobody\r\n")
        until(lambda: told(daemon), "what is wrong")
        what = told(daemon)[0]
        place = run_dir / ("state" if kept == "the state" else "log")
        assert what.get("console") == "vm" if kept == "the log" else str(place) in what["reason"]
        assert attach(daemon) == (101 if kept == "the log" else 503)
        for each in ("state", "log"):
            chown(run_dir / each, whole=True)
        until(lambda: attach(daemon) == 101, "the audit")
        until(lambda: b"as nobody" in daemon.run("log", "vm").stdout, "the log")

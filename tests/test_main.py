"""The daemon as a process: how it starts, reloads, and stops."""

import json
import os
import signal
import socket
import subprocess
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from house import parse
from terminal import open_terminal


PATIENCE = 30.0


class Daemon:
    """`python -m com1d` with a service manager's socket to tell when it is ready."""

    def __init__(self, folder: Path, config: str) -> None:
        self.folder = folder
        self.path = folder / "com1d.toml"
        self.write(config)
        self._notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._notify.bind(str(folder / "notify"))
        self._notify.settimeout(PATIENCE)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "com1d", "--config", str(self.path)],
            stderr=subprocess.PIPE,
            env=os.environ | {"NOTIFY_SOCKET": str(folder / "notify"), "WATCHDOG_USEC": "500000"},
        )

    def write(self, config: str) -> None:
        head = f'[daemon]\nruntime_dir = "{self.folder}/run"\nstate_dir = "{self.folder}/s"\n'
        self.path.write_text(head + f'log_dir = "{self.folder}/l"\nmetrics = ""\n' + config)

    def hears(self, variable: str) -> str:
        """Wait for a variable that the daemon tells its service manager."""
        while True:
            for line in self._notify.recv(4096).decode().splitlines():
                key, _, value = line.partition("=")
                if key == variable:
                    return value

    def connect(self, name: str) -> socket.socket:
        sock = socket.socket(socket.AF_UNIX)
        sock.settimeout(PATIENCE)
        sock.connect(str(self.folder / "run" / name))
        return sock

    def get(self, path: str) -> dict:
        with self.connect("com1d.sock") as sock:
            sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
            raw = b""
            while data := sock.recv(65536):
                raw += data
        return parse(raw).json

    def wait(self) -> tuple[int, str]:
        _, errors = self.process.communicate(timeout=PATIENCE)
        return self.process.returncode, errors.decode()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()
        self._notify.close()


@contextmanager
def daemon(folder: Path, config: str) -> Iterator[Daemon]:
    running = Daemon(folder, config)
    try:
        yield running
    finally:
        running.close()


def test_stops_in_time_and_puts_everything_back(run_dir: Path):
    """SIGTERM with stuck clients: all are told, the tty is as it was, exit 0."""
    master, slave = open_terminal()
    tty.setraw(master)
    attributes = termios.tcgetattr(slave)
    attributes[2] |= termios.HUPCL
    attributes[4] = attributes[5] = termios.B9600
    termios.tcsetattr(slave, termios.TCSANOW, attributes)
    before = termios.tcgetattr(slave)
    config = (
        f'[consoles.tty]\nport = "serial:{os.ttyname(slave)}"\n[consoles.demo]\nport = "demo:"\n'
    )
    with daemon(run_dir, config) as running:
        running.hears("READY")
        assert termios.B115200 == termios.tcgetattr(slave)[4]
        polite = running.connect("consoles/tty.sock")
        stuck = [running.connect("consoles/demo.observe.sock") for _ in range(10)]
        half = running.connect("com1d.sock")
        half.sendall(b"GET / HT")
        os.write(master, b"x" * 4000)

        running.process.send_signal(signal.SIGTERM)
        words = b""
        with suppress(ConnectionResetError):
            while data := polite.recv(65536):
                words += data
        code, _ = running.wait()

        assert 0 == code
        assert b"com1d: tty: com1d stops" in words
        after = termios.tcgetattr(slave)
        assert not after[2] & termios.HUPCL
        before[2] &= ~termios.HUPCL
        assert before == after
        assert [] == list((run_dir / "run").rglob("*.sock"))
        for sock in (polite, half, *stuck):
            sock.close()
    os.close(master)
    os.close(slave)


def test_reload_adds_removes_and_keeps(run_dir: Path):
    """SIGHUP: a new console is there, a removed one is gone, an unchanged session goes on."""
    with daemon(run_dir, '[consoles.a]\nport = "demo:"\n[consoles.b]\nport = "demo:"\n') as running:
        running.hears("READY")
        kept, gone = running.connect("consoles/a.sock"), running.connect("consoles/b.sock")
        assert kept.recv(1)
        assert gone.recv(1)

        running.write('[consoles.a]\nport = "demo:"\n[consoles.c]\nport = "demo:"\n')
        running.process.send_signal(signal.SIGHUP)
        running.hears("RELOADING")
        running.hears("READY")

        names = [console["name"] for console in running.get("/v1/consoles")["consoles"]]
        assert ["a", "c"] == names
        words = b""
        while data := gone.recv(65536):
            words += data
        assert b"stops serving this console" in words
        assert running.get("/v1/consoles/a")["active"]["via"] == "raw"
        kept.sendall(b"\r")
        assert kept.recv(1)
        kept.close()
        gone.close()


def test_reload_of_a_wrong_file_changes_nothing(run_dir: Path):
    """A wrong configuration is refused as a whole, said in the log, and the old one stays."""
    with daemon(run_dir, '[consoles.a]\nport = "demo:"\n') as running:
        running.hears("READY")
        running.write('[consoles.a]\nport = "demo:"\nbaud = 17\n')
        running.process.send_signal(signal.SIGHUP)
        running.hears("RELOADING")
        running.hears("READY")
        assert running.get("/v1/consoles/a")["connected"]
        running.process.terminate()
        _, log = running.wait()

    refused = [json.loads(line) for line in log.splitlines() if "config.refused" in line]
    assert 1 == len(refused)
    assert "consoles.a.baud" in refused[0]["problems"][0]


def test_keeps_the_watchdog_quiet(run_dir: Path):
    """The service manager hears that the loop turns, and in words what it serves."""
    with daemon(run_dir, '[consoles.a]\nport = "demo:"\n') as running:
        assert "1 of 1 ports up, 0 sessions" == running.hears("STATUS")
        assert "1" == running.hears("WATCHDOG")
        assert "1" == running.hears("WATCHDOG")


def test_a_missing_key_of_the_logs_keeps_it_from_starting(run_dir: Path):
    """No log is written in plain text where an encrypted one was asked for; the exit code is 78."""
    path = run_dir / "com1d.toml"
    path.write_text(
        f'[daemon]\nruntime_dir = "{run_dir}/run"\nstate_dir = "{run_dir}/s"\nmetrics = ""\n'
        f'log_dir = "{run_dir}/l"\nlog_key = "{run_dir}/key"\n[consoles.a]\nport = "demo:"\n'
    )
    ended = subprocess.run(
        [sys.executable, "-m", "com1d", "--config", str(path)],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert 78 == ended.returncode
    assert f"cannot be read: {run_dir}/key: No such file or directory" in ended.stderr
    assert not (run_dir / "l" / "a").exists()


def test_a_second_daemon_is_refused_and_the_first_unharmed(run_dir: Path):
    """Two daemons on one directory: the second says so and exits 1; the first goes on."""
    with daemon(run_dir, '[consoles.a]\nport = "demo:"\n') as first:
        first.hears("READY")
        second = subprocess.run(
            [sys.executable, "-m", "com1d", "--config", str(first.path)],
            capture_output=True, text=True, timeout=PATIENCE, check=False,
        )  # fmt: skip

        assert 1 == second.returncode
        assert "is com1d already running?" in second.stderr
        assert first.get("/v1/consoles/a")["connected"]


def test_stale_sockets_of_a_killed_daemon_are_replaced(run_dir: Path):
    """After kill -9 the sockets lie around; the next start takes their places."""
    config = '[consoles.a]\nport = "demo:"\n'
    with daemon(run_dir, config) as first:
        first.hears("READY")
        first.process.kill()
        first.process.wait()
    (run_dir / "notify").unlink()
    with daemon(run_dir, config) as second:
        second.hears("READY")
        assert second.get("/v1/consoles/a")["connected"]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--config", "/nonexistent/com1d.toml"], 78, "/nonexistent/com1d.toml"),
        (["check", "--config", "/nonexistent/com1d.toml"], 78, "/nonexistent/com1d.toml"),
        (["frobnicate"], 64, "invalid choice"),
        (["--version"], 0, ""),
        (["--help"], 0, ""),
    ],
)
def test_exit_codes(arguments: list[str], code: int, words: str):
    """The command line answers with the codes of the interface and says what was wrong."""
    done = subprocess.run(
        [sys.executable, "-m", "com1d", *arguments],
        capture_output=True, text=True, timeout=PATIENCE, check=False,
    )  # fmt: skip

    assert code == done.returncode
    assert words in done.stderr


def test_a_directory_that_others_may_write_is_refused(run_dir: Path):
    """Sockets in a directory of everybody's could be replaced by anybody: not started."""
    (run_dir / "run").mkdir()
    (run_dir / "run").chmod(0o777)
    with daemon(run_dir, '[consoles.a]\nport = "demo:"\n') as running:
        code, errors = running.wait()

    assert 1 == code
    assert "chmod go-w" in errors

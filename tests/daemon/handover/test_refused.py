"""A new version that cannot start, or does not take over: the old one goes on, and says why.

What is installed is the com1d of this checkout with a fault, which a module of the name of one of
its libraries makes, in the folder that it is started in.
"""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from com1d.daemon.handover.form import FORMAT
from daemon.handover.process import Daemon, pipe, serving
from house import PATIENCE, FifoGuest


pytestmark = [pytest.mark.one_loop, pytest.mark.timeout(180)]

FAULTY = """\
import importlib, os, signal, socket, sys, time
sys.path.remove({folder!r})
sys.modules["uvloop"] = importlib.import_module("uvloop") if sys.modules.pop("uvloop") else None
from com1d.daemon.handover import channel, estate, form, successor

def say(data):
    return lambda self, seconds, **message: self._sock.sendall(data)

{fault}
"""

TAKING = "estate.Estate.take_over = lambda *_: "

FAULTS = {
    "an import error": ("raise ImportError('no such library')", "has ended before it was ready"),
    "an end before it is ready": ("os._exit(3)", "has ended before it was ready"),
    "no message": ("channel.Channel.send = say(b'\\xff\\x00rubbish')", "it is no message"),
    "a message of another kind": ("channel.Channel.send = say(b'[1]')", "it is no message"),
    "other words": ("channel.Channel.send = say(b'{\"x\": 1}')", "something else"),
    "a kill after it was ready": (
        TAKING + "os.kill(os.getpid(), signal.SIGKILL)", "the other process has ended",
    ),
    "a bug in taking over": (TAKING + "1 // 0", "ZeroDivisionError"),
    "an older format": ("form.FORMAT = 1", f"it has format {FORMAT}, and this version reads 1"),
    "a format without steps": (
        "form.FORMAT, form.STEPS = 9, {}; form.in_this_format.__defaults__ = ({},)",
        f"it has format {FORMAT}, and this version reads 9",
    ),
}  # fmt: skip
"""By what is wrong: what makes it so, and what is told of it."""

SLOW = {
    "nothing, before it is ready": ("time.sleep(999)", "it was not ready within 30 s"),
    "nothing, after it was ready": (TAKING + "time.sleep(999)", "did not take over within 7 s"),
    "a stop after it was ready": (
        TAKING + "os.kill(os.getpid(), signal.SIGSTOP)", "did not take over within 7 s",
    ),
}  # fmt: skip

CASES = [
    *(pytest.param(*case, id=name) for name, case in FAULTS.items()),
    *(pytest.param(*case, id=name, marks=pytest.mark.slow) for name, case in SLOW.items()),
]


async def begun(daemon: Daemon) -> FifoGuest:
    """Start the VM as soon as it can be."""
    async with asyncio.timeout(PATIENCE):
        while not (daemon.folder / "guests" / "web01.out").exists():
            await asyncio.sleep(0.01)
    guest = daemon.guest("web01").start()
    await daemon.connected("web01")
    return guest


def held_by(pid: int) -> tuple[int, list[str]]:
    """Give how many descriptors a process has, and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return len(list(Path(f"/proc/{pid}/fd").iterdir())), children


async def quiet_again(pid: int, before: tuple[int, list[str]]) -> None:
    """Wait until it has what it had: the connection that asked ends a little later."""
    async with asyncio.timeout(PATIENCE):
        while held_by(pid) != before:
            await asyncio.sleep(0.02)


def com1d_upgrade(folder: Path) -> "subprocess.CompletedProcess[str]":
    """Ask as an operator would; not in the folder with the fault."""
    command = [sys.executable, "-m", "com1d", "upgrade", "--config", str(folder / "com1d.toml")]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(("fault", "why"), CASES)
async def test_a_version_that_does_not_take_over_changes_nothing(run_dir, fault, why):
    """Sessions, bytes and offsets go on; the caller and the journal have the reason."""
    (run_dir / "guests").mkdir()
    async with serving(run_dir, pipe(run_dir, "web01")) as daemon:
        guest = await begun(daemon)
        async with daemon.attach("web01") as session:
            await session.send(b"before\r")
            typed = await guest.typed(7)
            before = held_by(daemon.pid)
            shadow = run_dir / "uvloop.py"
            shadow.write_text(FAULTY.format(folder=str(run_dir), fault=fault))
            done = await asyncio.to_thread(com1d_upgrade, run_dir)
            await quiet_again(daemon.pid, before)
            await session.send(b"still here\r")
            typed += await guest.typed(11)
            shadow.unlink()
            answer = await daemon.upgrade()
            await session.send(b"and now\r")
            typed += await guest.typed(8)
        guest.stop()
        facts = daemon.facts()

    refused = [fact["reason"] for fact in facts if fact["event"] == "upgrade.refused"]
    assert (1, "", 1) == (done.returncode, done.stdout, len(refused)), done
    assert why in done.stderr
    assert done.stderr == f"com1d: not upgraded: {refused[0]}\n"
    assert b"before\rstill here\rand now\r" == typed
    assert (200, 1) == (answer.status, sum(f["event"] == "daemon.upgraded" for f in facts))


async def test_what_is_printed_meanwhile_is_seen_once(run_dir):
    """A guest that prints while it is tried, again and again, loses nothing and doubles nothing."""
    (run_dir / "guests").mkdir()
    async with serving(run_dir, pipe(run_dir, "web01")) as daemon:
        guest = await begun(daemon)
        shadow, printed, seen = run_dir / "uvloop.py", b"", b""
        async with daemon.attach("web01") as session:
            for number, name in enumerate(
                ["a kill after it was ready", "a bug in taking over"] * 3
            ):
                shadow.write_text(FAULTY.format(folder=str(run_dir), fault=FAULTS[name][0]))
                asking = asyncio.create_task(daemon.upgrade())
                while not asking.done():
                    printed += (line := b"line %02d.%06d\r\n" % (number, len(printed)))
                    guest.print(line)
                    await asyncio.sleep(0.005)
                assert 503 == (await asking).status
            async with asyncio.timeout(PATIENCE):
                while len(seen) < len(printed):
                    message = await session.recv()
                    seen += message if isinstance(message, bytes) else b""
        log = (await daemon.get("/v1/consoles/web01/log")).body
        guest.stop()

    assert printed == seen == log
    assert daemon.pid == daemon.first.pid


def test_the_fault_is_found(run_dir):
    """A name that com1d has no longer would make every version one that cannot start."""
    for name, (fault, _) in {**FAULTS, **SLOW}.items():
        if fault.startswith(("raise", "os._exit", "time.sleep")):
            continue
        (run_dir / "uvloop.py").write_text(FAULTY.format(folder=str(run_dir), fault=fault))
        command = [
            sys.executable,
            "-c",
            f"import sys; sys.path.insert(0, {str(run_dir)!r}); import uvloop",
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert not done.returncode, (name, done.stderr)

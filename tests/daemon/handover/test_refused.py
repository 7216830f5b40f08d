"""A new version that cannot start, or does not take over: the old one goes on, and says why.

What is installed is the com1d of this checkout with a fault, which a module of the name of one of
its libraries makes, in the folder that it is started in.
"""

import asyncio
import os
import select
import signal
import subprocess
import sys
from contextlib import AsyncExitStack, suppress
from pathlib import Path

import pytest

from com1d import wire
from com1d.daemon.handover.form import FORMAT
from daemon.handover.manager import managing_guest
from daemon.handover.process import Daemon, pipe, serving
from daemon.handover.test_killed import farewell
from house import PATIENCE, FifoGuest, read_bytes


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
    "a version before this format": (
        "successor.FORMAT -= 1", f"it has format {FORMAT}, and what is installed is older",
    ),
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


def held_by(pid: int) -> set[str]:
    """Give the sockets and memories that a process has, and its children."""
    held = set(Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    for number in os.listdir(f"/proc/{pid}/fd"):  # noqa: PTH208 - one may be closed meanwhile
        with suppress(FileNotFoundError):
            held.add(os.readlink(f"/proc/{pid}/fd/{number}"))  # noqa: PTH115 - no path
    return {one for one in held if one.startswith(("socket:", "/memfd:")) or one.isdecimal()}


async def quiet_again(pid: int, before: set[str]) -> None:
    """Wait until it has no more than it had: the connection that asked ends a little later."""
    async with asyncio.timeout(PATIENCE):
        while held_by(pid) - before:
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


async def test_one_that_dies_once_it_has_taken_over_is_like_any_that_is_killed(run_dir):
    """Its manager knows all that the one before had; clients are told where to go on."""
    async with managing_guest(run_dir) as (manager, daemon, guest), AsyncExitStack() as stack:
        session = await stack.enter_async_context(daemon.attach("web01"))
        guest.print(b"before\r\n")
        assert b"before\r\n" == await read_bytes(session, 8)
        await manager.kept_is("web01/scrollback", "web01/line/out", "web01/client/1/websocket")
        assert 200 == (await daemon.upgrade()).status
        end = os.pidfd_open(daemon.pid)
        stack.callback(os.close, end)
        os.kill(daemon.pid, signal.SIGKILL)
        await asyncio.to_thread(select.select, [end], [], [], PATIENCE)
        await manager.killed(daemon)
        heir = await manager.begin()
        told = await farewell(session)
        again = await stack.enter_async_context(heir.attach("web01", f"?from={told[1]}"))
        guest.print(b"after\r\n")
        assert b"after\r\n" == await read_bytes(again, 7)
        log = (await heir.get("/v1/consoles/web01/log")).body
        await manager.end(heir, "stop")

    assert (wire.CLOSE_RESTARTING, 8) == told
    assert b"before\r\nafter\r\n" == log


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

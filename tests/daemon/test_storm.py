"""A thousand attaches and preemptions from fifty processes, and what the audit says of them."""

import asyncio
import json
import random
import socket
import sys
from asyncio.subprocess import DEVNULL
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest

import storm
from com1d.tools.audit_check import check
from house import PATIENCE, running


pytestmark = pytest.mark.one_loop

PROCESSES, EACH, CONSOLES = 50, 20, 5


@pytest.fixture
async def stormy(run_dir) -> tuple[Path, Counter]:
    """Let the storm pass; give the daemon's folder and how often each console was preempted."""
    names = [f"c{number}" for number in range(CONSOLES)]
    async with running(run_dir, *names) as house:
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-S", storm.__file__, str(run_dir / "run"),
                str(CONSOLES), str(EACH), str(seed),
            )
            for seed in range(PROCESSES)
        ]  # fmt: skip
        codes = [await process.wait() for process in processes]
        await house.until(
            lambda: not house.service.sessions and not house.service.tasks
            and not house.service.connections
        )  # fmt: skip
        preempted = Counter(
            {name: house.service.consoles[name].seating.preemptions for name in names}
        )
    assert [0] * PROCESSES == codes
    return run_dir, preempted


def audited(folder: Path) -> list[dict]:
    text = (folder / "log" / "audit.jsonl").read_text()
    return [line for line in map(json.loads, text.splitlines()) if "session" in line]


async def test_every_attach_has_its_lines_in_a_consistent_order(stormy):
    """Nothing is missing, nothing is told twice, and the lines tell one history per console."""
    folder, preempted = stormy
    found = audited(folder)
    events = Counter(line["event"] for line in found)

    assert PROCESSES * EACH == events["session.began"] == events["session.ended"]
    assert preempted.total() == events["session.preempted"] > 0
    assert preempted == Counter(
        line["console"] for line in found if line["event"] == "session.preempted"
    )
    for name in preempted:
        replay([line for line in found if line["console"] == name])
    assert [] == check(folder / "log", folder / "state")[1]


def replay(history: list[dict]) -> None:
    """Follow one console: who is preempted is the newest before the one who preempts."""
    present: dict[int, str] = {}
    over: set[int] = set()
    for line in history:
        session = line["session"]
        match line["event"]:
            case "session.began":
                assert session not in present
                assert session not in over
                assert session > max((*present, *over), default=0)
                present[session] = "here"
            case "session.preempted":
                newer = line["by_session"]
                assert present[newer] == "here"
                assert session == max(s for s, state in present.items() if s < newer)
                assert present[session] == "here"
                present[session] = "preempted"
            case "session.ended":
                assert {"here": "left"}.get(present[session], "preempted") == line["outcome"]
                del present[session]
                over.add(session)
    assert {} == present


async def test_killed_in_the_storm(run_dir):
    """Kill -9 in the middle leaves a whole chain, and the next daemon goes on with it."""
    config = run_dir / "com1d.toml"
    config.write_text(
        f'[daemon]\nruntime_dir = "{run_dir}/run"\nstate_dir = "{run_dir}/state"\n'
        f'log_dir = "{run_dir}/log"\nmetrics = ""\n[defaults]\nport = "demo:"\n'
        + "".join(f"[consoles.c{number}]\n" for number in range(CONSOLES))
    )
    count = 0
    for seed in range(3):
        daemon = await start("-m", "com1d", "--config", str(config))
        await until(lambda: answers(run_dir / "run" / "com1d.sock"))
        client = ("-S", storm.__file__, str(run_dir / "run"), str(CONSOLES), "500", str(seed))
        clients = [await start(*client) for _ in range(3)]
        more = count + 100 * (seed + 1)
        await until(lambda: check(run_dir / "log", run_dir / "state")[0].count > more)
        daemon.kill()
        for process in (daemon, *clients):
            await process.wait()

        verifier, findings = check(run_dir / "log", run_dir / "state")
        assert [] == findings
        assert count < verifier.last
        count = verifier.last


async def start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, *arguments, stdout=DEVNULL, stderr=DEVNULL
    )


async def until(condition) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():
            await asyncio.sleep(0.01)


def answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe, suppress(OSError):
        probe.connect(str(path))
        return True
    return False


async def test_one_flipped_byte_is_found(stormy):
    """Wherever a byte of this audit is changed, `verify` leads to its line."""
    folder, _ = stormy
    path = folder / "log" / "audit.jsonl"
    whole = path.read_bytes()
    choose = random.Random(6)
    for _ in range(20):
        place = choose.randrange(len(whole))
        flipped = bytearray(whole)
        flipped[place] ^= 1 << choose.randrange(8)
        path.write_bytes(flipped)

        findings = check(folder / "log", folder / "state")[1]

        assert findings
        assert 1 + whole[:place].count(b"\n") == findings[0].line

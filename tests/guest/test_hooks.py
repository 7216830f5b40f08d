"""Programs that run when a guest's state changes, by a real daemon."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from com1d.config import Config, ConsoleConfig, HookConfig, PortAddress
from com1d.core.guest.states import Finding, State
from com1d.guest import hooks as hooks_module
from com1d.guest.hooks import HOOKS_MAX, Hooks
from house import running


PANIC = b"\r\n[    1.234567] Kernel panic - not syncing: no init found\r\n"
DEMO = PortAddress("demo", "")


def script(folder: Path, text: str) -> str:
    """Write a program, and give its path."""
    path = folder / "hook"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


class Runner:
    """Hooks without a daemon: what they record, and states at will."""

    def __init__(self, *hooks: HookConfig) -> None:
        self.told = []
        self._news = asyncio.Event()
        self.hooks = Hooks(self._record)
        self.hooks.configure(hooks)

    def _record(self, fact):
        self.told.append((fact.event.removeprefix("hook."), fact))
        self._news.set()

    def gets(self, state: State, name: str = "web01", stop_code: int | None = None) -> None:
        """Have a console get into a state."""
        config = ConsoleConfig(name, DEMO, set="web" if name.startswith("web") else None)
        finding = Finding(state, 0.0, f"the text of {state}", stop_code)
        self.hooks.changed(config, finding, {"offset": 7, "boot": 0, "since": "now"})

    async def until(self, count: int) -> list[str]:
        """Wait until so many facts are told; give their names."""
        async with asyncio.timeout(30):
            while len(self.told) < count:
                self._news.clear()
                await self._news.wait()
        return [name for name, _ in self.told]


@pytest.fixture
async def runner():
    made = []

    def make(*hooks):
        made.append(Runner(*hooks))
        return made[-1]

    yield make
    for one in made:
        await one.hooks.close()


async def test_a_panic_runs_its_hook(run_dir):
    """From the guest's words to the program with the facts, and two lines in the audit."""
    program = script(run_dir, 'env | grep ^COM1D_ | sort; echo "$@"; pwd; ls -l /proc/self/fd >&2')
    log = run_dir / "said"
    wrapper = run_dir / "wrapper"
    wrapper.write_text(f'#!/bin/sh\nexec {program} "$@" >{log}.new 2>{log}.fds\n')
    wrapper.chmod(0o755)
    hook = HookConfig("kernel-panic", (str(wrapper), "to", "the ops"), "web*")
    async with running(run_dir, "web01", guest="linux", hooks=(hook,)) as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        guest.print(PANIC)
        audit = run_dir / "log" / "audit.jsonl"
        await house.until(lambda: "hook.ended" in audit.read_text())
        guest.stop()

    lines = (run_dir / "said.new").read_text().splitlines()
    told = dict(line.split("=", 1) for line in lines[:-2])
    assert ["to the ops", "/"] == lines[-2:]
    assert told.pop("COM1D_SINCE").endswith("Z")
    assert {
        "COM1D_CONSOLE": "web01",
        "COM1D_GUEST": "linux",
        "COM1D_STATE": "kernel-panic",
        "COM1D_EVIDENCE": "Kernel panic - not syncing: no init found",
        "COM1D_STOP_CODE": "",
        "COM1D_OFFSET": str(len(PANIC)),
        "COM1D_BOOT": "0",
    } == told
    descriptors = (run_dir / "said.fds").read_text()
    assert "socket:" not in descriptors
    assert "guests/web01" not in descriptors
    noted = [json.loads(line) for line in audit.read_text().splitlines()]
    started, ended = (line for line in noted if line["event"].startswith("hook."))
    assert ("web01", "kernel-panic", str(wrapper), 0) == tuple(
        started[key] for key in ("console", "state", "program", "skipped")
    )
    assert ("ok", 0) == (ended["outcome"], ended["code"])


@pytest.mark.parametrize(
    ("scope", "runs"), [("web*", True), ("db*", False), ("set:web", True), ("set:db", False)]
)
async def test_scopes(runner, scope, runs):
    """A hook is for the consoles, or the sets, of its scope."""
    one = runner(HookConfig("sac", ("/bin/true",), scope), HookConfig("cmd", ("/bin/true",)))
    one.gets(State.SAC)
    one.gets(State.LOGIN)
    one.gets(State.CMD, "other")
    names = await one.until(4 if runs else 2)

    assert runs == ("web01" in [fact.console for _, fact in one.told])
    assert {"started", "ended"} == set(names)


async def test_one_at_a_time_and_the_latest_waits(runner, run_dir):
    """While a program runs, states pile up to one; the next line says how many were passed over."""
    os.mkfifo(run_dir / "gate")
    slow = script(run_dir, f"[ $COM1D_STATE != sac ] || read x <{run_dir}/gate; exit 3")
    states = (State.SAC, State.CMD, State.POWERSHELL, State.LOGIN)
    one = runner(*(HookConfig(state.value, (slow,)) for state in states))
    for state in states:
        one.gets(state)
    assert ["started"] == await one.until(1)
    gate = os.open(run_dir / "gate", os.O_RDWR)
    os.write(gate, b"\n")
    assert ["started", "ended", "started", "ended"] == await one.until(4)
    os.close(gate)

    assert ["sac", "sac", "login", "login"] == [fact.state for _, fact in one.told]
    assert [0, 2] == [fact.skipped for name, fact in one.told if name == "started"]
    assert [("failed", 3)] * 2 == [
        (fact.outcome, fact.code) for name, fact in one.told if name == "ended"
    ]


async def test_a_program_that_hangs_is_killed(runner, run_dir, monkeypatch):
    """With all that it has started; and the console's next state is served."""
    monkeypatch.setattr(hooks_module, "HOOK_SECONDS", 0.2)
    hang = script(run_dir, f"sleep 1000 & echo $! >{run_dir}/pid; wait")
    one = runner(HookConfig("sac", (hang,)), HookConfig("cmd", ("/bin/true",)))
    one.gets(State.SAC)
    one.gets(State.CMD)
    await one.until(4)

    assert ["timeout", "ok"] == [fact.outcome for name, fact in one.told if name == "ended"]
    pid = int((run_dir / "pid").read_text())
    async with asyncio.timeout(30):
        while "State:\tZ" not in _status(pid):
            await asyncio.sleep(0.01)


def _status(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return "State:\tZ"


async def test_a_program_that_is_not_there(runner):
    """The line says why nothing ran."""
    one = runner(HookConfig("sac", ("/nowhere/notify",)))
    one.gets(State.SAC)
    await one.until(2)

    (_, ended) = one.told[1]
    assert ("No such file or directory", None) == (ended.outcome, ended.code)


async def test_what_a_failing_program_says_is_for_the_log_alone(runner, run_dir):
    """Its words may be the guest's, and those are never in the audit."""
    one = runner(HookConfig("bugcheck", (script(run_dir, "echo no $COM1D_STOP_CODE >&2; false"),)))
    one.gets(State.BUGCHECK, stop_code=0x7B)
    assert ["started", "ended", "said"] == await one.until(3)

    (_, said) = one.told[2]
    assert ("no 0x7B", False) == (said.text, said.audited)


async def test_not_all_at_once(runner, run_dir):
    """When every guest panics, a few programs run, and the others have their turn."""
    os.mkfifo(run_dir / "gate")
    slow = script(run_dir, f"read x <{run_dir}/gate")
    one = runner(HookConfig("kernel-panic", (slow,)))
    for number in range(HOOKS_MAX + 3):
        one.gets(State.KERNEL_PANIC, f"vm{number}")
    await one.until(HOOKS_MAX)
    names = [name for name, _ in one.told]
    gate = os.open(run_dir / "gate", os.O_RDWR)
    os.write(gate, b"\n" * (HOOKS_MAX + 3))
    await one.until(2 * (HOOKS_MAX + 3))
    os.close(gate)

    assert ["started"] * HOOKS_MAX == names


async def test_the_daemons_end_is_theirs(runner, run_dir):
    """What runs when the daemon stops is killed, and its line says so; nothing follows."""
    one = runner(HookConfig("sac", (script(run_dir, "sleep 1000"),)), HookConfig("cmd", ("/x",)))
    one.gets(State.SAC)
    one.gets(State.CMD)
    await one.until(1)
    await one.hooks.close()

    assert ["started", "ended"] == [name for name, _ in one.told]
    assert "stopped" == one.told[1][1].outcome


async def test_a_reload_changes_them(run_dir):
    """Hooks of the new configuration hold from then on, for consoles that did not change, too."""
    hook = HookConfig("kernel-panic", (script(run_dir, f"touch {run_dir}/ran"),))
    async with running(run_dir, "web01", guest="linux") as house:
        guest = house.guest("web01").start()
        await house.up("web01")
        before = house.service.in_force.config
        fresh = Config(before.daemon, before.consoles, hooks=(hook,))
        await house.service.in_force.switch_to(fresh)
        guest.print(PANIC)
        await house.until((run_dir / "ran").exists)
        guest.stop()


async def test_what_waits_for_its_pace_is_run_by_the_next_process(runner, run_dir):
    """Nothing is under way meanwhile, so that nobody has to wait; it runs once, and is counted."""
    hook = HookConfig("sac", (script(run_dir, f"echo $COM1D_OFFSET >>{run_dir}/ran"),))
    before, after = runner(hook), runner(hook)
    before.gets(State.SAC)
    await before.until(2)
    for _ in range(3):
        before.gets(State.SAC)
    busy = before.hooks.busy
    packed = json.loads(json.dumps(before.hooks.hand_over()))
    await before.hooks.close()
    after.hooks.take_over(packed)
    after.hooks.go_on({"web01": ConsoleConfig("web01", DEMO)})
    await after.until(2)

    assert "" == busy
    assert ["7", "7"] == (run_dir / "ran").read_text().split()
    assert [2] == [fact.skipped for what, fact in after.told if what == "started"]

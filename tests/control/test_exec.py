"""A program as a control: the verbs it is called with, and what its answers mean."""

from pathlib import Path

import pytest

from com1d.control import Ability, ControlBusy, ControlRefused, Limits, VmEvent, What, attempt
from com1d.control.exec import ExecControl
from com1d.errors import BadRequest, NotRunning, PortTimeout, Unsupported
from control.machine import PATIENCE, Events, ignore


QUICK = Limits(answer=0.2, reset=0.2, shutdown=0.1, relaunch=0.1)
"""For programs that do not end. On a busy machine a shell alone can take so long."""


def program(folder: Path, script: str, limits: Limits | None = None) -> ExecControl:
    """Make a control of a shell script, which logs how it was called."""
    path = folder / "control"
    path.write_text(f'#!/bin/sh\necho "$@" >>{folder}/calls\n{script}\n')
    path.chmod(0o755)
    return ExecControl(str(path), "web01", limits or Limits())


def calls(folder: Path) -> list[str]:
    """Give how the program was called."""
    return (folder / "calls").read_text().splitlines()


VERBS = {
    "nmi web01": lambda control: control.nmi(),
    "reset web01": lambda control: control.reset(),
    "restart web01": lambda control: control.restart(ignore),
    "break web01": lambda control: control.send_break(),
    "keys web01 F8 Ctrl-Alt-Delete": lambda control: control.press(["f8", "ctrl-alt-delete"]),
}


@pytest.mark.parametrize("call", VERBS)
async def test_each_verb_is_a_call(run_dir, call):
    """The program is called once, with the verb and the console, and nothing is asked before."""
    control, events = program(run_dir, ""), Events()
    control.start(events)
    await VERBS[call](control)
    await control.stop()
    boots = [VmEvent(What.RESET, "requested")] if call.startswith("reset") else []
    assert ([call], boots) == (calls(run_dir), events.seen)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo running", "running"),
        ("echo ' in crashed state '; echo more", "in crashed state"),
        ("true", "unknown"),
        ("exit 69", "off"),
        ("yes | tr -d '\\n' | head -c 5000", "y" * 64),
    ],
)
async def test_status(run_dir, script, expected):
    """The state is the first line; a VM that is not running is off."""
    assert expected == await program(run_dir, script).status()


@pytest.mark.parametrize(
    ("script", "problem", "words"),
    [
        ("exit 64", Unsupported, "nmi: {path} cannot do this"),
        ("exit 69", NotRunning, "nmi: {path} says that the VM is not running"),
        ("echo wait >&2; exit 75", ControlBusy, "nmi: {path} is busy: wait"),
        ("echo no; echo way; exit 3", ControlRefused,
         "nmi: {path} failed with exit status 3: no way"),
        ("kill -SEGV $$", ControlRefused, "nmi: {path} failed with signal 11"),
    ],
)  # fmt: skip
async def test_what_its_exit_status_means(run_dir, script, problem, words):
    """Exit statuses are those of com1 itself, and what the program says is in the error."""
    control = program(run_dir, f'[ "$1" = status ] && echo stopped && exit; {script}')
    with pytest.raises(problem) as refusal:
        await control.nmi()
    state = {NotRunning: "off", ControlBusy: None}
    assert f"web01: {words.format(path=run_dir / 'control')}" == str(refusal.value)
    assert state.get(problem, "stopped") == refusal.value.extra.get("state")


async def test_progress(run_dir):
    """What a restart prints is told, line by line."""
    steps = []
    await program(run_dir, "echo asked; echo booting").restart(steps.append)
    assert ["asked", "booting"] == steps


@pytest.mark.parametrize("call", VERBS)
async def test_its_time_is_limited(run_dir, monkeypatch, call):
    """A program that does not end is killed, and the state is asked for."""
    monkeypatch.setattr(attempt, "AFTERWARDS_SECONDS", PATIENCE)
    control = program(run_dir, '[ "$1" = status ] && echo running && exit; sleep 60', QUICK)
    with pytest.raises(PortTimeout) as refusal:
        await VERBS[call](control)
    assert ("running", "status web01") == (refusal.value.extra["state"], calls(run_dir)[-1])


async def test_one_restart_at_a_time(run_dir):
    """A second restart is refused while one is under way."""
    control, refused = program(run_dir, "echo asked; echo again"), []

    def second(_: str) -> None:
        with pytest.raises(ControlBusy):
            control.restart(ignore).send(None)
        refused.append(True)

    await control.restart(second)
    assert [True, True] == refused


async def test_keys_are_judged_first(run_dir):
    """An unknown key never reaches the program."""
    control = program(run_dir, "")
    with pytest.raises(BadRequest):
        await control.press(["F8", "--help"])
    assert not (run_dir / "calls").exists()


async def test_it_cannot_be_run(run_dir):
    """A program that is not there is named in the error."""
    control = ExecControl(str(run_dir / "missing"), "web01", QUICK)
    with pytest.raises(ControlRefused, match="missing cannot be run: No such file or directory"):
        await control.nmi()


async def test_what_it_can_do(run_dir):
    """A program may be able to do anything; there is nothing to connect to."""
    control = program(run_dir, "")
    control.retry()
    assert ("exec", frozenset(Ability)) == (control.name, control.capabilities)

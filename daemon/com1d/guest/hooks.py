"""Hooks: runs the programs that the configuration names for guests' states."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Final

from com1d.config import ConsoleConfig, HookConfig
from com1d.control import child
from com1d.core.access.policy import covers
from com1d.core.carry import Packed, pack, unpack
from com1d.core.guest.states import Finding
from com1d.errors import os_reason
from com1d.guest.pace import Pace
from com1d.telemetry import facts


HOOK_SECONDS: Final = 60.0
"""How long a program may take: to send a mail or call a pager's service takes seconds."""

HOOKS_MAX: Final = 8
"""Programs at once on this host, which has other work to do when all guests panic together."""

SAID_CHARACTERS: Final = 400
"""Characters of a failed program's output that the log keeps."""


@dataclass(frozen=True, slots=True)
class _Job:
    state: str
    hooks: tuple[HookConfig, ...]
    facts: Mapping[str, str]
    skipped: int = 0


class Hooks:
    """The hooks of all consoles. At most one program runs for each console at a time.

    While it runs, and until that state's `Pace` lets it run again, the latest of the states that
    follow waits, and the others are counted.
    """

    def __init__(self, record: Callable[[facts.Fact], None]) -> None:
        """Begin with none; `configure` gives them. To be made in the loop."""
        self._record = record
        self._hooks: tuple[HookConfig, ...] = ()
        self._turns = asyncio.Semaphore(HOOKS_MAX)
        self._running: dict[str, asyncio.Task[None]] = {}
        self._waiting: dict[str, _Job] = {}
        self._paces: dict[tuple[str, str], Pace] = {}

    def configure(self, hooks: tuple[HookConfig, ...]) -> None:
        """Use these hooks from now on; running programs are left to their end."""
        self._hooks = hooks

    def changed(self, console: ConsoleConfig, finding: Finding, about: Mapping[str, Any]) -> None:
        """Run the hooks of a console's new state, when its turn comes.

        `about` is what else is known: the program's environment has it as COM1D_NAME.
        """
        state, name = finding.state.value, console.name
        hooks = tuple(
            hook
            for hook in self._hooks
            if hook.state == state and covers(hook.scope, name, console.set)
        )
        if not hooks:
            return
        job = _Job(state, hooks, _environment(console, finding, about))
        if name not in self._running:
            task = asyncio.get_running_loop().create_task(self._work(name, job))
            self._running[name] = task
            return
        before = self._waiting.get(name)
        self._waiting[name] = replace(job, skipped=before.skipped + 1) if before else job

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        return f"a hook of {next(iter(self._running))} runs" if self._running else ""

    def hand_over(self) -> Packed:
        """Give when each hook may run again."""
        return pack(self._paces)

    def take_over(self, packed: Packed) -> None:
        """Keep the pace of another process."""
        self._paces = unpack(packed)

    async def close(self) -> None:
        """Kill what runs."""
        tasks = tuple(self._running.values())
        self._waiting.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _work(self, console: str, first: _Job) -> None:
        job: _Job | None = first
        try:
            while job is not None:
                job = await self._its_turn(console, job)
                for number, hook in enumerate(job.hooks):
                    async with self._turns:
                        await self._run(console, job, hook, 0 if number else job.skipped)
                job = self._waiting.pop(console, None)
        finally:
            del self._running[console]

    async def _its_turn(self, console: str, job: _Job) -> _Job:
        """Wait until a state's program may run again; give the latest job."""
        while (delay := self._pace(console, job).delay(monotonic())) > 0:
            self._waiting.setdefault(console, job)
            await asyncio.sleep(delay)
            job = self._waiting.pop(console, job)
        self._pace(console, job).ran(monotonic(), job.skipped)
        return job

    def _pace(self, console: str, job: _Job) -> Pace:
        return self._paces.setdefault((console, job.state), Pace())

    async def _run(self, console: str, job: _Job, hook: HookConfig, skipped: int) -> None:
        program, began = hook.run[0], monotonic()
        self._record(facts.HookStarted(console, job.state, program, skipped))
        outcome, code, said = "stopped", None, ""
        try:
            async with asyncio.timeout(HOOK_SECONDS):
                code, said = await child.run(hook.run, _ignore, job.facts)
            outcome = "ok" if code == 0 else "failed"
        except TimeoutError:
            outcome = "timeout"
        except OSError as error:
            outcome = os_reason(error)
        finally:
            seconds = round(monotonic() - began, 3)
            self._record(facts.HookEnded(console, job.state, program, outcome, code, seconds))
        if outcome == "failed" and said:
            self._record(facts.HookSaid(console, program, said[:SAID_CHARACTERS]))


def _environment(
    console: ConsoleConfig, finding: Finding, about: Mapping[str, Any]
) -> dict[str, str]:
    told: dict[str, Any] = {
        "console": console.name,
        "guest": console.guest,
        "state": finding.state.value,
        "evidence": finding.evidence,
        "stop_code": f"0x{finding.stop_code:X}" if finding.stop_code is not None else "",
        **about,
    }
    return {f"COM1D_{key.upper()}": str(value) for key, value in told.items()}


def _ignore(_: str) -> None:
    """Ignore a line of output: it is used when the program has ended."""

"""Hooks: runs the programs that the configuration names for guests' states."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
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
from com1d.values import dataclass


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
        self._at_work: set[str] = set()
        """Consoles whose job has its turn; the jobs of all others wait."""
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
        if not (hooks := self._hooks_of(console, state)):
            return
        job = _Job(state, hooks, _environment(console, finding, about))
        if name not in self._running:
            self._begin(name, job)
            return
        before = self._waiting.get(name)
        self._waiting[name] = replace(job, skipped=before.skipped + 1) if before else job

    def _hooks_of(self, console: ConsoleConfig, state: str) -> tuple[HookConfig, ...]:
        return tuple(
            hook
            for hook in self._hooks
            if hook.state == state and covers(hook.scope, console.name, console.set)
        )

    def _begin(self, name: str, job: _Job) -> None:
        if self._pace(name, job).delay(monotonic()) > 0:
            self._waiting[name] = job
            work = self._work(name, None)
        else:
            self._at_work.add(name)
            work = self._work(name, job)
        self._running[name] = asyncio.get_running_loop().create_task(work)

    @property
    def busy(self) -> str:
        """What is under way that no other process could go on with; empty for nothing."""
        return f"a hook of {next(iter(self._at_work))} runs" if self._at_work else ""

    def hand_over(self) -> Packed:
        """Give when each hook may run again, and what waits for that."""
        waiting = {
            name: (job.state, dict(job.facts), job.skipped) for name, job in self._waiting.items()
        }
        return {"paces": pack(self._paces), "waiting": pack(waiting)}

    def take_over(self, packed: Packed) -> None:
        """Go on where another process was; `go_on` follows."""
        self._paces = unpack(packed["paces"])
        for name, (state, told, skipped) in unpack(packed["waiting"]).items():
            self._waiting[name] = _Job(state, (), told, skipped)

    def go_on(self, consoles: Mapping[str, ConsoleConfig]) -> None:
        """Run what waits, of the hooks and `consoles` that are configured by now."""
        for name, job in tuple(self._waiting.items()):
            del self._waiting[name]
            if name in consoles and (hooks := self._hooks_of(consoles[name], job.state)):
                self._begin(name, replace(job, hooks=hooks))

    async def kill(self) -> None:
        """Kill what runs; what waits goes on waiting."""
        await _cancelled([self._running[name] for name in self._at_work])

    async def close(self) -> None:
        """Kill what runs, and run nothing more."""
        self._waiting.clear()
        await _cancelled([*self._running.values()])

    async def _work(self, console: str, job: _Job | None) -> None:
        """Run `job`, or what waits, and all that waits by then."""
        try:
            while job := job or await self._next(console):
                self._pace(console, job).ran(monotonic(), job.skipped)
                for number, hook in enumerate(job.hooks):
                    async with self._turns:
                        await self._run(console, job, hook, 0 if number else job.skipped)
                self._at_work.discard(console)
                job = None
        finally:
            self._at_work.discard(console)
            del self._running[console]

    async def _next(self, console: str) -> _Job | None:
        """Wait until the job that waits has its turn; None where none waits."""
        while job := self._waiting.get(console):
            if (delay := self._pace(console, job).delay(monotonic())) <= 0:
                self._at_work.add(console)
                return self._waiting.pop(console)
            await asyncio.sleep(delay)
        return None

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


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


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

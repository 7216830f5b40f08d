"""Verbs under way: what is decided is carried out, and what may not go on any more is stopped."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from com1d.access.peer import Caller
from com1d.core.access.policy import Verb
from com1d.errors import Problem


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Permission:
    """What a verb under way rests on."""

    caller: Caller
    console: str
    verb: Verb


class Works:
    """The verbs of one daemon that are under way."""

    def __init__(self, failed: Callable[[str, Exception], None]) -> None:
        """Let `failed` hear of bugs in what goes on without its client."""
        self._failed = failed
        self._permitted: dict[asyncio.Task[Any], Permission] = {}
        self._decided: set[asyncio.Task[Any]] = set()
        self._abandoned: set[asyncio.Task[Any]] = set()
        self._stopped: dict[asyncio.Task[Any], Problem] = {}

    async def permitted(self, permission: Permission, work: Coroutine[Any, Any, T]) -> T:
        """Do a work that ends with its client, and with the permission for it.

        Raises the `Problem` that `judge_again` found.
        """
        task = asyncio.create_task(work)
        self._permitted[task] = permission
        try:
            return await task
        except asyncio.CancelledError:
            if (problem := self._stopped.get(task)) is None:  # its client went away
                raise
            raise problem from None
        finally:
            del self._permitted[task]
            self._stopped.pop(task, None)

    async def decided(self, work: Coroutine[Any, Any, T]) -> T:
        """Do a work to its end, also where its client does not wait for it."""
        task = asyncio.create_task(work)
        self._decided.add(task)
        task.add_done_callback(self._over)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._abandoned.add(task)
            raise

    def judge_again(self, judge: Callable[[Caller, str, Verb], object]) -> None:
        """Stop what `judge` raises a `Problem` for: roles, switches or consoles have changed."""
        for task, permission in tuple(self._permitted.items()):
            try:
                judge(permission.caller, permission.console, permission.verb)
            except Problem as problem:
                self._stopped[task] = problem
                task.cancel()

    async def close(self) -> None:
        """Wait for what is decided: it is short, and a switch has to be kept."""
        await asyncio.gather(*self._decided, return_exceptions=True)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._decided.discard(task)
        error = None if task.cancelled() else task.exception()
        if task not in self._abandoned:  # whoever waits has it
            return
        self._abandoned.discard(task)
        if isinstance(error, Exception) and not isinstance(error, Problem):
            self._failed("a request whose client had gone", error)

"""Operations under way: some run to their end in any case; others stop with their permission."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from com1d.access.peer import Caller
from com1d.core.access.policy import Verb
from com1d.errors import Problem
from com1d.values import dataclass


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Permission:
    """The permission on which an operation rests."""

    caller: Caller
    console: str
    verb: Verb


class Works:
    """The daemon's operations under way."""

    def __init__(self, failed: Callable[[str, Exception], None]) -> None:
        """Begin with none. `failed` is called for a bug in an operation whose client has gone."""
        self._failed = failed
        self._permitted: dict[asyncio.Task[Any], Permission] = {}
        self._decided: set[asyncio.Task[Any]] = set()
        self._abandoned: set[asyncio.Task[Any]] = set()
        self._stopped: dict[asyncio.Task[Any], Problem] = {}

    async def permitted(self, permission: Permission, work: Coroutine[Any, Any, T]) -> T:
        """Run an operation that ends with its client or with its permission.

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
        """Run an operation to its end, whether its client waits or not."""
        task = asyncio.create_task(work)
        self._decided.add(task)
        task.add_done_callback(self._over)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            self._abandoned.add(task)
            raise

    def judge_again(self, judge: Callable[[Caller, str, Verb], object]) -> None:
        """Stop operations for which `judge` raises a `Problem`, after a change of permissions."""
        for task, permission in tuple(self._permitted.items()):
            try:
                judge(permission.caller, permission.console, permission.verb)
            except Problem as problem:
                self._stopped[task] = problem
                task.cancel()

    async def close(self) -> None:
        """Wait for operations that run to their end: they are short, and must be finished."""
        await asyncio.gather(*self._decided, return_exceptions=True)

    def _over(self, task: asyncio.Task[Any]) -> None:
        self._decided.discard(task)
        error = None if task.cancelled() else task.exception()
        if task not in self._abandoned:  # the caller that waits gets the exception
            return
        self._abandoned.discard(task)
        if isinstance(error, Exception) and not isinstance(error, Problem):
            self._failed("a request whose client had gone", error)

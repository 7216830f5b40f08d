"""Audit entries: acts on a console or the host, told to the audit with their outcome."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeAlias

from com1d.errors import InternalError, Problem
from com1d.wire.outcome import Outcome


Details: TypeAlias = dict[str, int | str]


class AuditEntry:
    """One line of the audit.

    `with entry:` around the work tells the audit its outcome at the end.
    """

    __slots__ = ("_tell", "details")

    def __init__(self, tell: Callable[[str, Details | None], None] | None = None) -> None:
        """Tell outcome and details by calling `tell`; without it the act is not audited."""
        self.details: Details = {}
        """Further members of the line: sizes and counts, never what was typed."""
        self._tell = tell

    def tell(self, outcome: str = "ok") -> None:
        """Tell the outcome now instead of at the end, so that it precedes the consequences."""
        tell, self._tell = self._tell, None
        if tell is not None:
            tell(outcome, self.details or None)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        match error:
            case None:
                self.tell()
            case Problem():
                self.tell(error.code)
            case asyncio.CancelledError():
                self.tell(Outcome.LEFT)  # its client went away before the answer
            case _:
                self.tell(InternalError.code)


def sizes(body: dict[str, Any]) -> Details:
    """Give the audit details of a request's body: the length of its text or list of keys."""
    return {
        unit: len(body[key])
        for key, unit in (("text", "characters"), ("keys", "keys"))
        if isinstance(body.get(key), str | list)
    }

"""What somebody does to a console or the host, on its way into the audit."""

import asyncio
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeAlias

from com1d.errors import InternalError, Problem
from com1d.wire.outcome import Outcome


Details: TypeAlias = dict[str, int | str]


class Deed:
    """One line of the audit: `with deed:` around the work tells it with how it ended."""

    __slots__ = ("_tell", "details")

    def __init__(self, tell: Callable[[str, Details | None], None] | None = None) -> None:
        """Tell outcome and details with `tell`; without it, what is done is not audited."""
        self.details: Details = {}
        """What the line has besides: sizes and counts, never what was typed."""
        self._tell = tell

    def tell(self, outcome: str = "ok") -> None:
        """Tell it now, once: for what has to stand before its consequences."""
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
    """Give what the audit may know of a request's body: how much of it there is."""
    return {
        unit: len(body[key])
        for key, unit in (("text", "characters"), ("keys", "keys"))
        if isinstance(body.get(key), str | list)
    }

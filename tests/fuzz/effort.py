"""What an input costs, in lines of code that are run for it: the same on every machine."""

import sys
from types import FrameType
from typing import Any, Self


class Effort:
    """Counts the lines of com1d that run in its context, each turn of a comprehension included.

    What runs in C is not counted, so it has to be bounded by what is: a row, a line, a page.
    """

    def __init__(self) -> None:
        self.lines = 0
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = sys.gettrace()
        sys.settrace(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._before)

    def _called(self, frame: FrameType, *_: Any) -> Any:
        return self._ran if frame.f_globals.get("__name__", "").startswith("com1d.") else None

    def _ran(self, _frame: FrameType, event: str, _: Any) -> Any:
        self.lines += event == "line"
        return self._ran

"""Methods that are called back without keeping their object alive."""

from collections.abc import Callable
from typing import ParamSpec
from weakref import WeakMethod


P = ParamSpec("P")


def weakly(method: Callable[P, None]) -> Callable[P, None]:
    """Give what calls `method` for as long as its object lives, and does nothing afterwards."""
    reference = WeakMethod(method)

    def call(*args: P.args, **keywords: P.kwargs) -> None:
        if (alive := reference()) is not None:
            alive(*args, **keywords)

    return call

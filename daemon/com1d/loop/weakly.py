"""Methods that are called back without keeping their object alive."""

from collections.abc import Callable
from functools import partial
from typing import Any, ParamSpec, cast
from weakref import ref


P = ParamSpec("P")


def weakly(method: Callable[P, None]) -> Callable[P, None]:
    """Give what calls `method` for as long as its object lives, and does nothing afterwards.

    A console has nine of them: `WeakMethod` would take half a KiB for each.
    """
    bound = cast("Any", method)
    return partial(_call, ref(bound.__self__), bound.__func__)


def _call(
    reference: "ref[Any]", function: Callable[..., None], /, *args: Any, **words: Any
) -> None:
    if (alive := reference()) is not None:
        function(alive, *args, **words)

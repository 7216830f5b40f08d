"""The garbage collector, so that no collection holds the loop: what survives one is spared.

Python looks through all objects again and again, 20 ms for those of a thousand connections. Here a
full collection looks only at what came since the last one, and what it finds alive it never looks
at again. For that, what lives long is freed by its reference count: consoles, clients and
connections drop what points back to them when they end.
"""

import contextlib
import gc
from collections.abc import Iterator
from typing import Final


THRESHOLDS: Final = (500, 3, 0)
"""New objects until the young are looked at, such looks until the next generation is, and those
until all are: some 4,000 objects at most, 2 ms."""


@contextlib.contextmanager
def sparing() -> Iterator[None]:
    """Collect like that until the end.

    What is there already is spared at once, modules above all. Python delays a full collection
    until there is a quarter of what survived the last one: without one of nothing, 20,000 objects.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.collect()
    gc.set_threshold(*THRESHOLDS)
    gc.callbacks.append(_spare)
    try:
        yield
    finally:
        gc.callbacks.remove(_spare)
        gc.set_threshold(*before)
        gc.unfreeze()


@contextlib.contextmanager
def resting() -> Iterator[None]:
    """Collect nothing until the end, while thousands of objects are made that all stay.

    They are spared then. Collections would double the time that it takes to hand over a thousand
    consoles.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _spare(phase: str, info: dict[str, int]) -> None:
    if phase == "stop" and info["generation"] == len(THRESHOLDS) - 1:
        gc.freeze()

"""How long what the daemon does holds the loop, and what it promises.

Measured in processor time of the loop's thread, so that a busy machine does not fail a test. A
machine that is itself a guest counts what its host takes away, 5 to 20 ms at a time, as processor
time: so what is too long has to be so in every attempt.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path


PROMISED = 0.010
"""Seconds for which nothing that the daemon does holds the loop."""

ATTEMPTS = 3


async def too_long(
    measure: Callable[[Path], Awaitable[dict[str, float]]], run_dir: Path
) -> dict[str, float]:
    """Give the operations that held the loop longer than promised, and the seconds at best.

    `measure` runs a daemon in the folder that it gets, and gives the longest hold in each part.
    """
    held: dict[str, float] = {}
    for attempt in range(ATTEMPTS):
        folder = run_dir / str(attempt)
        folder.mkdir()
        for operation, seconds in (await measure(folder)).items():
            held[operation] = min(seconds, held.get(operation, seconds))
        if max(held.values()) <= PROMISED:
            break
    return {operation: seconds for operation, seconds in held.items() if seconds > PROMISED}

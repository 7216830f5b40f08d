"""Work that may take its time beside the event loop, as far as the host lets us say so."""

import contextlib
import os


def give_way(nice: int) -> None:
    """Raise this process's nice value. Left as it is where the service may set no priorities."""
    with contextlib.suppress(PermissionError):
        os.nice(nice)

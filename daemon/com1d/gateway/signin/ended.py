"""Sign-ins that ended before their time, on disk beside the key that would open them again.

A line each: when it would have ended, and its number. Whoever can take lines away can read the key,
so they are not sealed. Where the file cannot be read, or too many ended at once, all sign-ins that
began before are worth nothing: nobody who signed out comes back.
"""

import os
import threading
from pathlib import Path
from typing import Final


ENDED_MAX: Final = 16384
"""Remembered at once: those of a day in a large company, and 700 KiB on the disk."""

LINE_BYTES: Final = 64
"""Of a line at most: a time, and a number of 22 letters."""

_FRESH: Final = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW


class Ended:
    """Remembers them until they would have ended by themselves."""

    def __init__(self, path: Path, now: float) -> None:
        """Read the file where there is one. `now` is in seconds of the epoch."""
        self._path = path
        self._writing = threading.Lock()
        self._until: dict[str, float] = {}
        self._since = 0.0
        try:
            self._read(now)
        except FileNotFoundError:
            return
        except (OSError, ValueError):
            self._since = now

    def holds(self, number: str, began: float) -> bool:
        """Say whether a sign-in is worth nothing any more."""
        return number in self._until or began < self._since

    def add(self, number: str, until: float, now: float) -> None:
        """Remember one, in memory; `keep` has it outlast this process."""
        self._until[number] = until
        if len(self._until) >= ENDED_MAX:
            self._until = {number: end for number, end in self._until.items() if end > now}
        if len(self._until) >= ENDED_MAX:
            self._until, self._since = {}, now

    def keep(self) -> None:
        """Put a new file in the place of the old one. Blocks, in a thread. Raises `OSError`."""
        with self._writing:
            lines = [f"{self._since!r} *"]
            lines += [f"{until!r} {number}" for number, until in list(self._until.items())]
            beside = self._path.with_name(f"{self._path.name}.new")
            fd = os.open(beside, _FRESH, 0o600)
            with os.fdopen(fd, "w") as file:
                file.write("\n".join(lines) + "\n")
                file.flush()
                os.fsync(fd)
            beside.replace(self._path)

    def _read(self, now: float) -> None:
        with self._path.open("rb") as file:
            data = file.read(ENDED_MAX * LINE_BYTES + 1)
        if len(data) > ENDED_MAX * LINE_BYTES:
            raise ValueError("it is longer than what is ever written")
        for line in data.decode("ascii").splitlines():
            until, number = line.split(" ")
            if number == "*":
                self._since = float(until)
            elif float(until) > now:
                self._until[number] = float(until)

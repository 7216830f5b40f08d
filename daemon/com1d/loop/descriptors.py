"""Descriptors on their way from one process to the next, each by its name."""

import os
import resource
from collections.abc import Iterable
from itertools import islice

from com1d.errors import StateRefused


class Descriptors:
    """Named descriptors. Those that are received are closed unless somebody takes them.

    The service manager keeps descriptors by name, too, and takes no colons in names.
    """

    __slots__ = ("_fds",)

    def __init__(self, fds: dict[str, int] | None = None) -> None:
        """Begin with those that were received, if any."""
        self._fds = fds or {}

    def give(self, fd: int, name: str) -> str:
        """Note a descriptor to be handed over; give its name. It stays the giver's until then."""
        if name in self._fds:
            raise ValueError(f"there are two descriptors {name}")
        self._fds[name] = fd
        return name

    def take(self, name: object) -> int:
        """Give a received descriptor, which is the taker's from then on. Raises `StateRefused`."""
        fd = self._fds.pop(name, None) if isinstance(name, str) else None
        if fd is None:
            raise StateRefused(f"the descriptor {name!r} has not come")
        return fd

    def has(self, name: str) -> bool:
        """Say whether a descriptor of that name is here."""
        return name in self._fds

    def receive(self, names: Iterable[str], fds: Iterable[int]) -> None:
        """Take in what has come."""
        self._fds |= zip(names, fds, strict=True)

    def since(self, count: int) -> list[tuple[str, int]]:
        """Give those that came after the first `count`, by name."""
        return list(islice(self._fds.items(), count, None))

    def all(self) -> dict[str, int]:
        """Give all of them by name."""
        return dict(self._fds)

    def close(self) -> None:
        """Close what nobody took."""
        while self._fds:
            os.close(self._fds.popitem()[1])


def raise_descriptor_limit() -> None:
    """Raise the limit on descriptors as far as allowed: a console with a client needs seven."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

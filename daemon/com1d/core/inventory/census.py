"""The census of consoles: those that are configured, and those that are found beside them.

A configured console always exists. A found one exists unless a configured one has its name, or
another console has a resource that it needs alone, such as its port. Of two found ones, the first
stays. The refused ones are remembered, and come as soon as they can. `T` describes a console; equal
descriptions are the same console.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar


T = TypeVar("T")

CONFIGURED: Final = "the configuration"


@dataclass(slots=True)
class Moves(Generic[T]):
    """The moves that bring the served consoles up to the census."""

    gone: list[str] = field(default_factory=list)
    """Consoles to stop; also those that start again with another description."""
    come: list[T] = field(default_factory=list)
    """Consoles to start, after the others were stopped."""
    refused: list[tuple[str, str, str]] = field(default_factory=list)
    """Name, source and reason of each found VM that cannot be a console. Each is given once."""

    def __bool__(self) -> bool:
        return bool(self.gone or self.come or self.refused)


class Census(Generic[T]):
    """The consoles that should exist. Tell it every change; `settle` gives the moves."""

    def __init__(self, needs: Callable[[T], Collection[str]]) -> None:
        """Begin without consoles. `needs` gives the addresses that a console has for itself."""
        self._needs = needs
        self._configured: Mapping[str, T] = {}
        self._found: dict[str, dict[str, T | str]] = {}
        """By name, then by source: the console, or why it cannot be one."""
        self._present: dict[str, tuple[T, str]] = {}
        """The consoles being served after the last `settle`, and the source of each."""
        self._owners: dict[str, str] = {}
        """The console that has each address."""
        self._refused: dict[str, dict[str, str]] = {}
        """The reasons why found VMs are no consoles, by name and source."""
        self._news: set[str] = set()

    def configure(self, consoles: Mapping[str, T]) -> None:
        """Take a new configuration, in which no two consoles need the same address."""
        self._news |= {
            name
            for name in self._configured.keys() | consoles.keys()
            if self._configured.get(name) != consoles.get(name)
        }
        self._configured = consoles

    def find(self, source: str, name: str, console: T | str | None) -> None:
        """Note what `source` says of `name`: a console, a reason against it, or None for gone."""
        sources = self._found.setdefault(name, {})
        if console is None:
            sources.pop(source, None)
        else:
            sources[source] = console
        if not sources:
            del self._found[name]
        self._news.add(name)

    def known_by(self, source: str) -> list[str]:
        """Give the names found by `source`."""
        return [name for name, sources in self._found.items() if source in sources]

    def refused(self) -> Iterator[tuple[str, str, str]]:
        """Give name, source and reason of each found VM that is no console at the moment."""
        for name, reasons in self._refused.items():
            for source, reason in reasons.items():
                if name not in self._present:
                    yield name, source, reason

    def settle(self) -> Moves[T]:
        """Give the moves for all changes since the last call."""
        moves: Moves[T] = Moves()
        # An address that one console gives up may be the one that another waits for.
        names = sorted(self._news | self._refused.keys())
        self._news.clear()
        for name in names:
            present = self._present.get(name)
            if present is not None and self._wanted(name, present[1]) != present[0]:
                self._leave(name, moves)
        seats = [name for name in names if name in self._configured and name not in self._present]
        evicted = {owner for name in seats for owner in self._in_the_way(self._configured[name])}
        for name in evicted:
            self._leave(name, moves)
        for name in seats:
            self._enter(name, self._configured[name], CONFIGURED, moves)
        found = sorted(evicted.union(names) & (self._found.keys() | self._refused.keys()))
        for name in found:
            self._admit(name, moves)
        for name in found:
            self._judge(name, moves)
        return moves

    def _wanted(self, name: str, source: str) -> T | str | None:
        """Give the description that `name` should have from `source`."""
        if name in self._configured:
            return self._configured[name]
        return self._found.get(name, {}).get(source)

    def _in_the_way(self, console: T) -> list[str]:
        if not self._owners:  # the usual case at the start, for thousands
            return []
        return [self._owners[need] for need in self._needs(console) if need in self._owners]

    def _admit(self, name: str, moves: Moves[T]) -> None:
        """Serve a found console, if nothing prevents that."""
        for source, console in self._found.get(name, {}).items():
            free = name not in self._present
            if free and not isinstance(console, str) and not self._in_the_way(console):
                self._enter(name, console, source, moves)

    def _judge(self, name: str, moves: Moves[T]) -> None:
        """Note why a found VM is no console; report it where the reason is new."""
        before, reasons = self._refused.pop(name, {}), {}
        for source, console in self._found.get(name, {}).items():
            reason = console if isinstance(console, str) else self._obstacle(name, source, console)
            if reason is not None:
                reasons[source] = reason
                if before.get(source) != reason:
                    moves.refused.append((name, source, reason))
        if reasons:
            self._refused[name] = reasons

    def _obstacle(self, name: str, source: str, console: T) -> str | None:
        present = self._present.get(name)
        if present is None:
            return f"{self._in_the_way(console)[0]} has its port or control"
        there, by = present
        if by == source or set(self._needs(there)) & set(self._needs(console)):
            return None  # two sources found the same VM
        return f"{by} has another console of this name"

    def _enter(self, name: str, console: T, source: str, moves: Moves[T]) -> None:
        self._present[name] = console, source
        for address in self._needs(console):
            self._owners[address] = name
        moves.come.append(console)

    def _leave(self, name: str, moves: Moves[T]) -> None:
        console, _ = self._present.pop(name)
        for address in self._needs(console):
            self._owners.pop(address, None)
        moves.gone.append(name)

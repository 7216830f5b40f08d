"""A running discovery: what it has seen, and what its VMs are called as consoles.

The discovery tells VMs by keys of its own. A console's name follows from what was found and from
the settings of its table, so it may change with both; and where two VMs want one name, the first
has it.
"""

import asyncio
from dataclasses import dataclass, field
from typing import TypeAlias

from com1d.config import (
    ConsoleConfig,
    DaemonConfig,
    DiscoverConfig,
    Found,
    RefusedValueError,
    console_of,
)
from com1d.config.alias import console_name
from com1d.daemon.discovery import Sighting, Source


Changes: TypeAlias = dict[str, ConsoleConfig | str | None]
"""For consoles' names: the console, or why the VM cannot be one, or None: there is none of the
name any more. The empty name is the discovery's own."""


@dataclass(slots=True)
class Lookout:
    """What one discovery has seen."""

    config: DiscoverConfig
    daemon: DaemonConfig
    source: Source
    task: "asyncio.Task[None]"
    _seen: dict[str, Found | str] = field(default_factory=dict)
    """What was told last of each VM, by the discovery's key."""
    _names: dict[str, str] = field(default_factory=dict)
    """What each VM is called, by key."""
    _keys: dict[str, str] = field(default_factory=dict)
    """The key of the VM that has a name."""
    _crowded: set[str] = field(default_factory=set)
    """Keys of VMs whose names other VMs have."""

    def told(self, key: str, sighting: Sighting) -> Changes:
        """Take what the discovery tells; give what has changed."""
        if sighting is None:
            self._seen.pop(key, None)
        else:
            self._seen[key] = sighting
        changes = self._look(key)
        for other in self._crowded - {key}:
            changes |= self._look(other)
        return changes

    def changed(self, config: DiscoverConfig, daemon: DaemonConfig) -> Changes:
        """Apply other settings to the VMs already found; give what has changed."""
        self.config, self.daemon = config, daemon
        changes: Changes = {}
        for key in tuple(self._seen):
            changes |= self._look(key)
        return changes

    @property
    def sees(self) -> bool:
        """Whether it has looked around, and nothing is in its way."""
        return self.source.looked.is_set() and "" not in self._seen

    def vm(self, name: str) -> str | None:
        """Give what the discovery calls a VM, where its console has another name."""
        key = self._keys.get(name)
        return None if key == name else key

    def _look(self, key: str) -> Changes:
        """Call one VM anew."""
        changes: Changes = {}
        if (before := self._names.pop(key, None)) is not None:
            del self._keys[before]
            changes[before] = None
        self._crowded.discard(key)
        if (seen := self._seen.get(key)) is not None:
            name, console = self._console(key, seen)
            self._names[key], self._keys[name] = name, key
            changes[name] = console
        return changes

    def _console(self, key: str, seen: Found | str) -> tuple[str, ConsoleConfig | str]:
        """Give a VM's console with its name, or the reason why there is none."""
        if isinstance(seen, str):
            return self._other_name(key), seen
        try:
            console = console_of(seen, self.config, self.daemon)
        except RefusedValueError as error:
            return self._other_name(key), str(error)
        if (owner := self._keys.get(console.name)) is None:
            return console.name, console
        self._crowded.add(key)
        reason = f"{owner} is called {console.name}, too: set `name` to what tells them apart"
        return self._other_name(key), reason

    def _other_name(self, key: str) -> str:
        """Give a VM that is no console a name of its own."""
        name = console_name(key) if key else ""
        while name in self._keys:
            name += "~"  # no console's
        return name

"""The tables of all files together: values that were read, and problems with their places.

A wrong value is reported and then treated as missing, so that one mistake makes one line.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from com1d.config.keys import unknown
from com1d.config.settings.setting import RefusedValueError, Setting, required, settings
from com1d.config.settings.spelling import dotted, shown
from com1d.config.sources import Source
from com1d.errors import ConfigProblem


class Tables:
    """All files together; each key may be in one of them only."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.problems = [source.problem for source in sources if source.problem]
        self._sources = sources
        self._files: dict[tuple[str, str], str] = {}
        """The file of each key of a table that is spread over files: (table, key) → file."""

    def refuse(self, file: str, key: str, expected: str, value: str = "") -> None:
        """Report a problem of `key`."""
        self.problems.append(ConfigProblem(file, key, value, expected))

    def refuse_unknown(self, known: Sequence[str]) -> None:
        """Report unknown tables."""
        for source in self._sources:
            for key in (key for key in source.table if key not in known):
                self.refuse(source.file, dotted(key), unknown(key, known))

    def file_of(self, table: str, key: str) -> str:
        """Give the file in which a key or a named table is set; the first one for a default."""
        return self._files.get((table, key), self._sources[0].file)

    def has(self, table: str, key: str) -> bool:
        """Tell whether any file sets the key, even to a wrong value."""
        return (table, key) in self._files

    def spread(self, name: str, known: Mapping[str, Setting]) -> dict[str, Any]:
        """Read a table that may be spread over files, each key in one of them."""
        values: dict[str, Any] = {}
        for file, table in self._of(name):
            fresh = {key: table[key] for key in table if self._is_first(file, name, key)}
            values |= self.read(file, name, fresh, known)
        return values

    def named(self, name: str) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
        """Give the tables `[name.NAME]` as file, NAME and what they hold: None if no table."""
        for file, table in self._of(name):
            for key, entry in table.items():
                if not self._is_first(file, name, key):
                    continue
                if not isinstance(entry, dict):
                    where = dotted(name, key)
                    self.refuse(file, where, f"must be a table: [{where}]", shown(entry))
                yield file, key, entry if isinstance(entry, dict) else None

    def array(self, name: str, kind: type) -> Iterator[dict[str, Any]]:
        """Read the tables of an array of tables; those that are not whole are reported."""
        known, needed = settings(kind), required(kind)
        for file, key, entry in self._entries(name):
            values = self.read(file, key, entry, known)
            lacking = [one for one in needed if not self._has_one(file, key, entry, one)]
            if not lacking and len(values) == len(entry):
                yield values

    def read(
        self, file: str, prefix: str, table: Mapping[str, object], known: Mapping[str, Setting]
    ) -> dict[str, Any]:
        """Give the valid values; report the others, and unknown keys."""
        values = {}
        for key, value in table.items():
            where = f"{prefix}.{dotted(key)}"
            if key not in known:
                self.refuse(file, where, unknown(key, tuple(known)))
                continue
            try:
                values[key] = known[key].parse(value)
            except RefusedValueError as error:
                self.refuse(file, where, str(error), shown(value))
        return values

    def _has_one(
        self, file: str, key: str, entry: Mapping[str, object], options: Mapping[str, Setting]
    ) -> bool:
        """Tell whether exactly one of the keys is there, and report it if not."""
        if len(entry.keys() & options.keys()) == 1:
            return True
        if len(options) == 1:
            self.refuse(file, f"{key}.{next(iter(options))}", "is missing")
        else:
            either = " or ".join(f"{name} = {one.example}" for name, one in options.items())
            self.refuse(file, key, f"must have either {either}")
        return False

    def _entries(self, name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Give the tables of an array of tables: file, key, and what it holds."""
        for source in self._sources:
            entries = source.table.get(name, [])
            if not isinstance(entries, list):
                self.refuse(source.file, name, f"must be tables: [[{name}]]", shown(entries))
                continue
            for number, entry in enumerate(entries, start=1):
                key = f"{name}#{number}"
                if isinstance(entry, dict):
                    yield source.file, key, entry
                else:
                    self.refuse(source.file, key, f"must be a table: [[{name}]]", shown(entry))

    def _of(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for source in self._sources:
            table = source.table.get(name, {})
            if isinstance(table, dict):
                yield source.file, table
            else:
                self.refuse(source.file, name, f"must be a table: [{name}]", shown(table))

    def _is_first(self, file: str, table: str, key: str) -> bool:
        """Tell whether no earlier file has set the key, and report a second time."""
        first = self._files.setdefault((table, key), file)
        if first != file:
            self.refuse(file, dotted(table, key), f"is already set in {first}")
        return first == file

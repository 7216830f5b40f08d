"""Named sets of defaults: `[templates.NAME]`, which other tables name with `like`.

A console's setting comes from its own table, else from its templates (a later one overrides an
earlier), else from `[defaults]`.
"""

from collections.abc import Mapping
from typing import Any, Final

from com1d.config.keys import LIKE, NAMED, nearest
from com1d.config.settings.setting import RefusedValueError
from com1d.config.settings.spelling import dotted, quoted
from com1d.config.settings.values import parse_set_name
from com1d.config.tables import Tables
from com1d.values import dataclass


DEEPEST: Final = 16
"""Templates that may follow each other with `like`; a longer chain is a mistake, and recursion is
bounded."""


@dataclass(frozen=True, slots=True)
class _Template:
    file: str
    like: tuple[str, ...]
    values: dict[str, Any]
    """The settings of its own table."""
    keys: frozenset[str]
    """All its keys, those with wrong values among them."""


class Templates:
    """The templates of all files."""

    def __init__(self, tables: Tables) -> None:
        """Read all templates; report their problems, and circles."""
        self._tables = tables
        entries = [*tables.named("templates")]
        self._names = {name for _, name, _ in entries}
        self._templates: dict[str, _Template] = {}
        self._whole: dict[str, dict[str, Any]] = {}
        self._keys: dict[str, frozenset[str]] = {}
        """For each template, with those that it is like: all keys that are set."""
        for file, name, entry in entries:
            if self._is_name(file, name) and entry is not None:
                like, values = self.read(file, dotted("templates", name), entry, NAMED)
                self._templates[name] = _Template(file, like, values, frozenset(entry))
        for name in self._templates:
            self._follow(name, ())

    def read(
        self, file: str, key: str, entry: Mapping[str, object], known: Mapping[str, Any]
    ) -> tuple[tuple[str, ...], dict[str, Any]]:
        """Read a table that may be like templates: their names, and its own values."""
        values = self._tables.read(file, key, entry, known)
        like = values.pop(LIKE, ())
        for name in like:
            if name not in self._names:
                guess = nearest(name, sorted(self._names))
                hint = f"; did you mean {guess}?" if guess else ""
                expected = f"there is no {dotted('templates', name)}{hint}"
                self._tables.refuse(file, f"{key}.{LIKE}", expected, quoted(name))
        return like, values

    def merged(self, like: tuple[str, ...]) -> dict[str, Any]:
        """Give the settings of several templates together; the later one counts."""
        values: dict[str, Any] = {}
        for name in like:
            values |= self._whole.get(name, {})
        return values

    def mention(self, key: str, like: tuple[str, ...]) -> bool:
        """Tell whether one of these templates sets the key, even wrongly, or is unknown."""
        return any(name not in self._keys or key in self._keys[name] for name in like)

    def _follow(self, name: str, path: tuple[str, ...]) -> dict[str, Any]:
        """Give a template's settings, inherited ones too; `path` is the chain that led to it."""
        if name in self._whole or name not in self._templates:
            return self._whole.get(name, {})
        template = self._templates[name]
        values: dict[str, Any] = {}
        for other in template.like:
            if other in (*path, name):
                way = ", ".join((*path, name, other)[(*path, name).index(other) :])
                self._refuse(name, other, f"leads back to itself: {way}")
            elif len(path) == DEEPEST:
                self._refuse(name, other, f"must not be the end of more than {DEEPEST} in a row")
            else:
                values |= self._follow(other, (*path, name))
        others = (self._keys.get(other, frozenset()) for other in template.like)
        self._keys[name] = template.keys.union(*others)
        self._whole[name] = values | template.values
        return self._whole[name]

    def _refuse(self, name: str, other: str, expected: str) -> None:
        key = dotted("templates", name, LIKE)
        self._tables.refuse(self._templates[name].file, key, expected, quoted(other))

    def _is_name(self, file: str, name: str) -> bool:
        try:
            parse_set_name(name)
        except RefusedValueError as error:
            self._tables.refuse(file, dotted("templates", name), f"its name {error}")
            return False
        return True

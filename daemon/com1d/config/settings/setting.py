"""A setting: the one declaration of a key, on the field of `model` that its value goes to.

From it come what the configuration takes (`keys`, `tables`), README's table of settings and the
check of the sample file.
"""

from collections.abc import Callable
from dataclasses import MISSING, fields
from typing import Any, Final, TypeAlias, get_type_hints

from com1d.config.settings.spelling import shown
from com1d.values import dataclass


class RefusedValueError(ValueError):
    """A value is refused. The text says what it must be instead."""


Parser: TypeAlias = Callable[[object], Any]
"""Takes what TOML gave and returns what the daemon wants. It raises `RefusedValueError`, whose text
completes a line that begins with the key and the value: "must be …". Nothing else may escape from
it, whatever the value is."""

NO_DEFAULT: Final = MISSING


@dataclass(frozen=True, slots=True)
class Setting:
    """One key of a table, in the `Annotated` of the field that it sets."""

    parse: Parser
    says: str
    """README's sentence about it, without a full stop."""
    spell: Callable[[Any], str] = shown
    """Spells a value as TOML, to show the default."""
    example: str = ""
    """A value as TOML, shown where there is no default."""
    key: str = ""
    """The key's name, where it is not the field's."""


def settings(kind: type) -> dict[str, Setting]:
    """Give the settings that a dataclass of the model declares, by key."""
    return {key: setting for _, key, setting in _declared(kind)}


def required(kind: type) -> list[dict[str, Setting]]:
    """Give the settings of each field that has no default: one of them must be there."""
    needed: dict[str, dict[str, Setting]] = {}
    for name, key, setting in _declared(kind):
        if _default(kind, name) is NO_DEFAULT:
            needed.setdefault(name, {})[key] = setting
    return list(needed.values())


def default_of(kind: type, key: str) -> str:
    """Spell the default of a setting as TOML does; empty where it has none."""
    for name, declared, setting in _declared(kind):
        if declared == key:
            value = _default(kind, name)
            return "" if value is None or value is NO_DEFAULT else setting.spell(value)
    raise KeyError(key)


def _declared(kind: type) -> list[tuple[str, str, Setting]]:
    """Give field, key and setting, in the order of the fields."""
    hints = get_type_hints(kind, include_extras=True)
    return [
        (item.name, setting.key or item.name, setting)
        for item in fields(kind)
        for setting in getattr(hints[item.name], "__metadata__", ())
    ]


def _default(kind: type, name: str) -> object:
    return next(item.default for item in fields(kind) if item.name == name)

"""Keys and values as they are shown: in TOML, on one line, safe for a terminal."""

import json
import re
from pathlib import Path
from typing import Final


SHOWN_CHARACTERS: Final = 60
"""Characters shown of a wrong key or value: enough to find it, and still one line."""

TOML_INTEGER_BITS: Final = 64

_BARE_KEY: Final = re.compile("[A-Za-z0-9_-]+")


def shown(value: object) -> str:
    """Spell a value as TOML would, on one line, without control characters, and short."""
    match value:
        case str() | Path():
            return quoted(str(value))
        case bool():
            return "true" if value else "false"
        case int() if value.bit_length() > TOML_INTEGER_BITS:
            return clipped(hex(value))  # str() refuses numbers of more than 4,300 digits
        case list():
            return "[…]" if value else "[]"
        case dict():
            return "{…}" if value else "{}"
        case _:
            return clipped(str(value))


def dotted(*parts: str) -> str:
    """Spell a path of keys as TOML would."""
    return ".".join(part if _BARE_KEY.fullmatch(part) else quoted(part) for part in parts)


def quoted(text: str) -> str:
    """Spell a string as TOML would; control characters are escaped."""
    return f'"{"".join(map(_spelt, clipped(text)))}"'


def _spelt(character: str) -> str:
    plain = character.isprintable() and character not in '"\\'
    return character if plain else json.dumps(character)[1:-1]


def clipped(text: str) -> str:
    """Shorten a text to `SHOWN_CHARACTERS`."""
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 1] + "…"

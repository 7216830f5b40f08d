"""What was found in another program's configuration: consoles, rights, and what has no equal."""

import re
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final


NAME_MAX: Final = 63
"""Characters of a console's name."""
_STRANGE: Final = re.compile(r"[^A-Za-z0-9._-]")

Value = str | int | list[str]


@dataclass
class Found:
    """The harvest of one file."""

    consoles: dict[str, dict[str, Value]] = field(default_factory=dict)
    """Settings by console."""
    roles: list[tuple[str, str, str]] = field(default_factory=list)
    """Principal, role and scope."""
    lost: list[str] = field(default_factory=list)
    """What could not be translated: `FILE:LINE: what, and what to do instead`."""

    def add(self, name: str, settings: dict[str, Value]) -> None:
        """Take a console; one whose name com1d cannot have gets another."""
        self.consoles[named(name)] = settings

    def lose(self, place: str, text: str) -> None:
        """Note what has no equal."""
        self.lost.append(f"{place}: {text}")


def named(name: str) -> str:
    """Give a name that com1d takes."""
    plain = _STRANGE.sub("_", name)
    if not plain[:1].isalnum():
        plain = f"x{plain}"
    if len(plain) > NAME_MAX:
        plain = f"{plain[: NAME_MAX - 9]}-{sha256(name.encode()).hexdigest()[:8]}"
    return plain


_PARITIES: Final = {"n": "none", "e": "even", "o": "odd", "m": "mark", "s": "space"}
_LINE: Final = re.compile(
    r"(?P<baud>\d+)?[, ]?(?:(?P<a>[5-8])(?P<p1>[neoms])|(?P<p2>[neoms])(?P<b>[5-8]))(?P<stop>[12])$"
)


def line_settings(text: str) -> dict[str, Value] | None:
    """Read `9600,8n1` or `9600n81`, whatever the order; None where it is neither.

    What is com1d's default is left out.
    """
    match = _LINE.match(text.strip().lower())
    if match is None:
        return {"baud": int(text)} if text.strip().isdecimal() else None
    settings: dict[str, Value] = {}
    if match["baud"]:
        settings["baud"] = int(match["baud"])
    if (parity := _PARITIES[match["p1"] or match["p2"]]) != "none":
        settings["parity"] = parity
    if (bits := int(match["a"] or match["b"])) != 8:  # noqa: PLR2004  # the default
        settings["data_bits"] = bits
    if match["stop"] == "2":
        settings["stop_bits"] = 2
    return settings

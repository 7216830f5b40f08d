"""Every key of every table, as the model declares them, and proposals for unknown keys."""

import difflib
from collections.abc import Iterable
from typing import Final, TypeAlias

from com1d.config.model import (
    ConsoleConfig,
    DaemonConfig,
    DiscoverConfig,
    GatewayConfig,
    HookConfig,
    RoleConfig,
)
from com1d.config.settings import values
from com1d.config.settings.setting import Setting, settings


Keys: TypeAlias = dict[str, Setting]

DAEMON: Final = settings(DaemonConfig)
CONSOLE: Final = settings(ConsoleConfig)
ROLE: Final = settings(RoleConfig)
GATEWAY: Final = settings(GatewayConfig)
HOOK: Final = settings(HookConfig)

REAL_LINE: Final = ("parity", "data_bits", "stop_bits", "flow")
"""Settings that mean something only on a real line."""

ITS_OWN: Final = frozenset({"port", "instance", "domain", "vm", "aliases", *REAL_LINE})
"""Settings that a discovery's table cannot have: a found console has its own, or is no real
line."""

LIKE: Final = "like"
"""The key that names the templates of a table."""

LIKE_SETTING: Final = Setting(
    values.parse_like,
    "a template, or several, of which the later counts",
    example='["line", "lab"]',
)

NAMED: Final[Keys] = CONSOLE | {LIKE: LIKE_SETTING}
"""Keys of a console's table and of a template."""

WHERE: Final = settings(DiscoverConfig)
"""Keys that a discovery has beside those of its consoles."""

DISCOVER: Final[Keys] = WHERE | {key: NAMED[key] for key in NAMED if key not in ITS_OWN}

TABLES: Final = (
    "daemon", "defaults", "templates", "consoles", "roles", "gateways", "discover", "hooks",
)  # fmt: skip

_HOMES: Final = (
    (DAEMON, "[daemon]"),
    (CONSOLE, "[defaults], [templates.NAME] or [consoles.NAME]"),
    (ROLE, "[[roles]]"),
    (GATEWAY, "[[gateways]]"),
    ({LIKE}, "[templates.NAME], [consoles.NAME] or [discover.NAME]"),
    (DISCOVER, "[discover.NAME]"),
    (HOOK, "[[hooks]]"),
)

LONGEST_GUESS: Final = 40
"""Characters of an unknown key worth comparing; difflib takes quadratic time."""


def unknown(key: str, known: Iterable[str]) -> str:
    """Say that a key is unknown, and what was probably meant."""
    if guess := nearest(key, known):
        return f"unknown key; did you mean {guess}?"
    for table, home in _HOMES:
        if key in table:
            return f"unknown key here; it belongs in {home}"
    return f"unknown key; here can be {', '.join(known)}"


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the known word that was probably meant; empty where there is none."""
    near = difflib.get_close_matches(word, known, n=1) if len(word) <= LONGEST_GUESS else []
    return near[0] if near else ""

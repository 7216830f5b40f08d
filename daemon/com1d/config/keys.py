"""Every key of every table, and how its value is read. The bounds are here, with their reasons."""

import difflib
from typing import Final

from com1d.config import addresses, values
from com1d.config.model import GUESTS, KEY_PROFILES, KIB, MIB, ROLES


GIB: Final = 1024 * MIB

SCROLLBACK: Final = (4 * KIB, 64 * MIB)
"""Below, a single 80x24 screen in colour may not fit; above, 1,000 consoles could ask for 64 GB."""

LOG_SIZE: Final = (64 * KIB, 1024 * GIB)
"""Below, not even one boot fits; above is a slip of the keyboard: at line rate, three years."""

PIPE_SIZE: Final = (4 * KIB, 64 * MIB)
"""A FIFO holds at least one page; its memory is the kernel's and is never swapped out."""

PASTE_LIMIT: Final = (1, 65536)
"""Characters: the most still takes a line of 115200 baud six seconds, while nobody can type."""

MAX_CLIENTS: Final = (1, 65536)
"""Each takes a file descriptor, and the usual hard limit of a service is 524,288 for everything."""

DAEMON: Final[dict[str, values.Reader]] = {
    "runtime_dir": addresses.directory,
    "state_dir": addresses.directory,
    "log_dir": addresses.directory,
    "metrics": addresses.metrics,
    "socket_group": values.group_name,
    "max_clients": values.whole(*MAX_CLIENTS),
    "audit_required": values.truth,
    "require_boot_diagnostics": values.truth,
    "require_mfa": values.truth,
}

CONSOLE: Final[dict[str, values.Reader]] = {
    "port": addresses.port,
    "control": addresses.control,
    "guest": values.choice(*GUESTS),
    "keys": values.choice(*KEY_PROFILES),
    "baud": values.baud,
    "paste_limit": values.whole(*PASTE_LIMIT),
    "scrollback": values.size(*SCROLLBACK),
    "log_size": values.size(*LOG_SIZE, zero_is_off=True),
    "pipe_size": values.size(*PIPE_SIZE),
    "require_mfa": values.truth,
}

ROLE: Final[dict[str, values.Reader]] = {
    "principal": values.principal,
    "role": values.choice(*ROLES),
    "scope": values.scope,
}

GATEWAY: Final[dict[str, values.Reader]] = {
    "user": values.user_name,
    "uid": values.uid,
}

TABLES: Final = ("daemon", "defaults", "consoles", "roles", "gateways")

_HOMES: Final = (
    (DAEMON, "[daemon]"),
    (CONSOLE, "[defaults] or [consoles.NAME]"),
    (ROLE, "[[roles]]"),
    (GATEWAY, "[[gateways]]"),
)

LONGEST_GUESS: Final = 40
"""Characters of an unknown key worth comparing; difflib takes quadratic time."""


def unknown(key: str, known: tuple[str, ...]) -> str:
    """Say that a key is unknown, and what was probably meant."""
    near = difflib.get_close_matches(key, known, n=1) if len(key) <= LONGEST_GUESS else []
    if near:
        return f"unknown key; did you mean {near[0]}?"
    for table, home in _HOMES:
        if key in table:
            return f"unknown key here; it belongs in {home}"
    return f"unknown key; here can be {', '.join(known)}"

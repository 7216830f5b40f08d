"""Every key of every table, and how its value is read. The bounds are here, with their reasons."""

import difflib
from typing import Final

from com1d.config import addresses, values
from com1d.config.model import GUEST_STATES, GUESTS, KEY_PROFILES, KIB, MIB, ON_DISCONNECT, ROLES


GIB: Final = 1024 * MIB

SCROLLBACK: Final = (4 * KIB, 64 * MIB)
"""Below, a single 80x24 screen in colour may not fit; above, 1,000 consoles could ask for 64 GB."""

LOG_SIZE: Final = (64 * KIB, 1024 * GIB)
"""Below, not even one boot fits; above is a slip of the keyboard: at line rate, three years."""

LOG_TOTAL: Final = (MIB, 1024 * 1024 * GIB)
"""Below, not even four consoles have their floor; above is a slip of the keyboard."""

LOG_KEEP: Final = (values.HOUR, 3650 * values.DAY)
"""A mistake in a configuration takes longer than an hour to be noticed."""

PIPE_SIZE: Final = (4 * KIB, 64 * MIB)
"""A FIFO holds at least one page; its memory is the kernel's and is never swapped out."""

IDLE_TIMEOUT: Final = (10, 7 * values.DAY)
"""Seconds: below, nobody could read the warning; above, a whole weekend has gone by."""

PASTE_LIMIT: Final = (1, 65536)
"""Characters: the most still takes a line of 115200 baud six seconds, while nobody can type."""

INSTANCE: Final = (0, 999_999_999)
"""Of a scale set. Numbers are never used again, so they grow larger than the set."""

MAX_CLIENTS: Final = (1, 65536)
"""Each takes a file descriptor, and the usual hard limit of a service is 524,288 for everything."""

DAEMON: Final[dict[str, values.Reader]] = {
    "runtime_dir": addresses.directory,
    "state_dir": addresses.directory,
    "log_dir": addresses.directory,
    "log_total": values.size(*LOG_TOTAL, zero_is_off=True),
    "log_keep": values.duration(*LOG_KEEP),
    "log_key": addresses.key,
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
    "qemu_log": addresses.file,
    "pipe_size": values.size(*PIPE_SIZE),
    "require_mfa": values.truth,
    "on_disconnect": values.choice(*ON_DISCONNECT),
    "idle_timeout": values.seconds(*IDLE_TIMEOUT),
    "set": values.set_name,
    "instance": values.whole(*INSTANCE),
}

DISCOVER: Final[dict[str, values.Reader]] = {
    "glob": addresses.glob,
    "uri": addresses.libvirt_uri,
    "qmp": addresses.qmp,
    **{key: CONSOLE[key] for key in CONSOLE if key not in ("port", "instance")},
}
"""Ports and instances of consoles that are found come with their VMs."""

ROLE: Final[dict[str, values.Reader]] = {
    "principal": values.principal,
    "role": values.choice(*ROLES),
    "scope": values.scope,
}

GATEWAY: Final[dict[str, values.Reader]] = {
    "user": values.user_name,
    "uid": values.uid,
}

HOOK: Final[dict[str, values.Reader]] = {
    "state": values.choice(*GUEST_STATES),
    "run": addresses.command,
    "scope": values.scope,
}

TABLES: Final = ("daemon", "defaults", "consoles", "roles", "gateways", "discover", "hooks")

_HOMES: Final = (
    (DAEMON, "[daemon]"),
    (CONSOLE, "[defaults] or [consoles.NAME]"),
    (ROLE, "[[roles]]"),
    (GATEWAY, "[[gateways]]"),
    (DISCOVER, "[discover.NAME]"),
    (HOOK, "[[hooks]]"),
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

"""Names of consoles: which are allowed."""

import re
from typing import Final

from com1d.config.settings.setting import RefusedValueError
from com1d.wire.uuids import earlier_vm


CONSOLE_NAME: Final = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
"""Characters that are safe in a file name, a URL and a shell; no longer than a host name's
label."""

OBSERVE_SUFFIX: Final = ".observe"
"""The raw socket of `x.observe` would be the observers' socket of `x`."""

_AUDIT: Final = re.compile(r"audit(-.*)?\.jsonl")
"""Names of the audit's files in log_dir, where each console's log is a directory of its name."""

ALIASES: Final = 16
"""Aliases of one console: each is a name that no other console can have."""


def demand_name(name: str) -> None:
    """Raise `RefusedValueError` unless a console may have this name."""
    if not CONSOLE_NAME.fullmatch(name):
        raise RefusedValueError(
            "must have a name of 1 to 63 ASCII letters, digits, dots, underscores and hyphens "
            "that begins with a letter or a digit"
        )
    if name.endswith(OBSERVE_SUFFIX):
        raise RefusedValueError(
            f"must have a name without {OBSERVE_SUFFIX} at its end, as observers' sockets have"
        )
    if earlier_vm(name):
        raise RefusedValueError(
            "must have a name without a UUID behind a dot at its end, as logs of earlier VMs have"
        )
    if _AUDIT.fullmatch(name):
        raise RefusedValueError("must have another name: the audit's files in log_dir have this")


def parse_aliases(value: object) -> tuple[str, ...]:
    """Read other names of a console, each of which could be a console's."""
    if isinstance(value, list) and len(value) <= ALIASES:
        for name in value:
            demand_name(name if isinstance(name, str) else "")
        return tuple(value)
    raise RefusedValueError(f'must be at most {ALIASES} names in brackets, such as ["mail", "mx1"]')

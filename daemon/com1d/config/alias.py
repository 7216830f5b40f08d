"""What a VM is called as a console, where its hypervisor allows names that a console cannot have.

A console's name is part of file names, URLs and shell lines: up to 63 ASCII letters, digits, dots,
underscores and hyphens. Of a VM's name, everything else becomes `_xHEX_`, its code point. It can
be read back: `_` is escaped where it would begin such a thing by itself; and where a name would
not begin with a letter or a digit, its first character is escaped and `x` stands before it. Longer
names end with a hash, which cannot be read back.
"""

import re
from hashlib import sha256
from typing import Final


LONGEST: Final = 63
"""Characters of a console's name: a host name's label."""

HASH: Final = 16
"""Hexadecimal digits of SHA-256 at the end of a name that was too long."""

_OWN_ESCAPE: Final = re.compile("_(?=x[0-9a-f]{1,6}_)")
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9._-]")
_RESERVED: Final = re.compile(
    r"\.(?=observe$)|(?<=^audit)\.(?=jsonl$)|(?<=^audit)-(?=.*\.jsonl$)"
    r"|\.(?=[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$)"
)
"""In what would be the name of an observers' socket, of a file of the audit, or of the log of an
earlier VM."""


def console_name(name: str) -> str:
    """Give the console's name of a VM: its own, where a console may have that."""
    text = _RESERVED.sub(_escaped, _FOREIGN.sub(_escaped, _OWN_ESCAPE.sub(_escaped, name)))
    if not re.match("[A-Za-z0-9]", text) or text.startswith("x_x"):
        text = f"x{_code(name[:1])}{_rest(name)}"
    if len(text) <= LONGEST:
        return text
    digest = sha256(name.encode(errors="surrogateescape")).hexdigest()
    return f"{text[: LONGEST - HASH - 1]}-{digest[:HASH]}"


def _rest(name: str) -> str:
    """Give all but the first character of a name, escaped."""
    return _RESERVED.sub(_escaped, _FOREIGN.sub(_escaped, _OWN_ESCAPE.sub(_escaped, name[1:])))


def _escaped(match: re.Match[str]) -> str:
    return _code(match[0])


def _code(character: str) -> str:
    return f"_x{ord(character):x}_" if character else ""

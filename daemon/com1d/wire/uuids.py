"""UUIDs of VMs, and the names of logs that are told from others of a name by them."""

import re
from typing import Final


_UUID: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

_NONE: Final = "00000000-0000-0000-0000-000000000000"
"""What QEMU has for a VM that was given none."""

_EARLIER: Final = re.compile(rf"(.+)\.({_UUID.pattern})", re.DOTALL)


def uuid_of(text: object) -> str:
    """Give a UUID in its one spelling; empty for what is none, and for the UUID of no VM."""
    spelt = text.strip().lower() if isinstance(text, str) else ""
    return spelt if spelt != _NONE and _UUID.fullmatch(spelt) else ""


def earlier_log(console: str, uuid: str) -> str:
    """Name the log of a VM that had the name of `console` before another VM got it."""
    return f"{console}.{uuid}"


def earlier_vm(log: str) -> tuple[str, str] | None:
    """Take such a name apart: the console's name, and the UUID; None for any other name."""
    match = _EARLIER.fullmatch(log)
    return (match[1], match[2]) if match else None

"""Magic SysRq over a serial line: for each key a break, the key, and time for it to act.

Linux takes the character after a break, within five seconds, as a SysRq key; a second break in a
row cancels the first (kernel admin guide, "Linux Magic System Request Key Hacks").
"""

from typing import Final, TypeAlias

from com1d.errors import BadRequest, Unsupported
from com1d.values import dataclass


WAIT: Final = 1.0
"""Seconds after each key: REISUB is of use only if processes can end and disks can sync."""

MAX_KEYS: Final = 16
"""Keys in one request: REISUB and as much again, and no more than half a minute on the line."""


@dataclass(frozen=True, slots=True)
class Break:
    """Send a break on the line."""


@dataclass(frozen=True, slots=True)
class Press:
    """Write one key to the port, right after the break."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Wait:
    """Let the guest act before the next break."""

    seconds: float


Command: TypeAlias = Break | Press | Wait


def sequence(keys: str, guest: str) -> list[Command]:
    """Give the commands for SysRq keys such as `h` or `REISUB`, to be carried out in order.

    The kernel tells `R` from `r` (since 5.9), and none of the letters of REISUB acts as a capital.
    So two or more letters written wholly in capitals are the mnemonic and go out in lower case; a
    single key, or mixed case, goes out as written.

    Raises `Unsupported` for a Windows guest and `BadRequest` for anything but 1 to 16 ASCII letters
    and digits.
    """
    if guest == "windows":
        raise Unsupported("You can only send a SysRq to a Linux VM")
    if not keys or not (keys.isascii() and keys.isalnum()):
        raise BadRequest(
            "Failed to send SysRq command. Make sure the input only contains numbers and letters"
        )
    if len(keys) > MAX_KEYS:
        raise BadRequest(f"{len(keys)} SysRq keys at once; the limit is {MAX_KEYS}")
    exact = keys.lower() if len(keys) > 1 and keys.isupper() else keys
    return [
        command for key in exact for command in (Break(), Press(key.encode("ascii")), Wait(WAIT))
    ]

"""The origin of a user: who signed in, at which terminal and from where, whoever he is now.

Root is any of several people. The kernel keeps with every process who signed in (the login uid,
which sudo and su leave alone), and so a console can say who root is.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Origin:
    """The sign-in from which a process stems; every member is empty where it is not known."""

    login: str = ""
    """The user who signed in, where that is another one than the process's."""
    terminal: str = ""
    """The terminal that the process has, without /dev: `pts/3`."""
    address: str = ""
    """From where the user signed in: a host's name or address."""
    gateway: str = ""
    """The gateway that speaks for the user, whose name is the gateway's word for him."""

    def as_json(self) -> dict[str, Any] | None:
        """Give the members that are known; None where none is."""
        return {key: value for key, value in asdict(self).items() if value} or None


NOWHERE: Final = Origin()
"""The origin of a program that nobody signed in for, such as a service."""


def person(user: str, origin: Mapping[str, Any] | None) -> str:
    """Name a user for people: `root (anna, pts/3, from 192.0.2.7)`, `root (via com1-web)`."""
    known = origin or {}
    address, gateway = known.get("address"), known.get("gateway")
    parts = (
        known.get("login"), known.get("terminal"), address and f"from {address}",
        gateway and f"via {gateway}",
    )  # fmt: skip
    said = ", ".join(str(part) for part in parts if part)
    return f"{user} ({said})" if said else user

"""The groups that `[daemon]` names, as this host knows them now."""

import os
from collections.abc import Mapping
from typing import Final

from com1d.config import DaemonConfig
from com1d.loop.listener import group_id
from com1d.ports.places import guest_group
from com1d.values import dataclass


SETTINGS: Final = ("socket_group", "guest_group")


@dataclass(frozen=True, slots=True)
class Groups:
    """Who may use the sockets, and what is made for VMs."""

    sockets: int | None
    """None is the daemon's own group."""
    guests: int
    missing: Mapping[str, str]
    """Settings whose group this host does not have, and what that means."""


def find(daemon: DaemonConfig) -> Groups:
    """Look the groups up. What is for one that is missing is for nobody else meanwhile.

    Blocks on the group directory.
    """
    missing: dict[str, str] = {}
    sockets: int | None = None
    try:
        sockets = group_id(daemon.socket_group)
    except KeyError:
        missing["socket_group"] = _missing(daemon.socket_group, "the sockets are")
    try:
        guests = guest_group(daemon.guest_group)
    except KeyError:
        guests = os.getegid()
        missing["guest_group"] = _missing(daemon.guest_group, "what VMs need is")
    return Groups(sockets, guests, missing)


def _missing(name: str | None, what: str) -> str:
    return (
        f"this host has no group {name}: {what} for com1d's own group alone until it has one; "
        f"run: groupadd --system {name}"
    )

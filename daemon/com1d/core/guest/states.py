"""The words for what a guest is doing."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class State(StrEnum):
    """What the console shows."""

    BLANK = "blank"
    """Nothing printable since the boot."""
    FIRMWARE = "firmware"
    BOOT_MENU = "boot-menu"
    """Windows Boot Manager or GRUB."""
    BOOTING = "booting"
    HEALTH_ONLY = "health-only"
    """The reports of an Azure VM's agent, and no SAC: the guest takes no input."""
    SAC = "sac"
    """The prompt `SAC>`."""
    SAC_CHANNEL = "sac-channel"
    """SAC's preview of a channel, which waits for a key."""
    CMD_LOGIN = "cmd-login"
    """A Command Prompt channel that asks who is there."""
    CMD = "cmd"
    POWERSHELL = "powershell"
    LOGIN = "login"
    SHELL = "shell"
    EMERGENCY = "emergency"
    """Linux came up only as far as its maintenance shell."""
    KERNEL_PANIC = "kernel-panic"
    BUGCHECK = "bugcheck"
    """Windows stopped: a blue screen, and perhaps `!SAC>`."""
    KERNEL_DEBUGGER = "kernel-debugger"
    """Packets for a Windows kernel debugger, instead of text."""
    UNKNOWN = "unknown"
    """There is text, but none that tells."""


ANY: Final = "auto"
WINDOWS: Final = "windows"
LINUX: Final = "linux"
"""Whose a text is, in the words of the configuration."""

DEAD: Final = frozenset({State.KERNEL_PANIC, State.BUGCHECK})
"""A guest in such a state stays there until it boots."""

SAC_STATES: Final = frozenset(
    {State.SAC, State.SAC_CHANNEL, State.CMD_LOGIN, State.CMD, State.POWERSHELL}
)
"""SAC is there, at its prompt or behind one of its channels: ESC TAB 0 leads to `SAC>`."""

LINUX_STATES: Final = frozenset({State.LOGIN, State.SHELL, State.EMERGENCY, State.KERNEL_PANIC})
"""Only a Linux guest shows these."""


def may_be_windows(guest: str, state: State) -> bool:
    """Say whether the guest, configured as `guest` and in this state, could be Windows."""
    return guest == WINDOWS or (guest == ANY and state not in LINUX_STATES)


def family(guest: str, state: State) -> str:
    """Say whose guest it is: as configured or, where that is `auto`, as far as its state tells."""
    return WINDOWS if guest == ANY and state in SAC_STATES else guest


@dataclass(frozen=True, slots=True)
class Finding:
    """What the guest is doing, since when, and how one knows."""

    state: State
    since: float
    """On the clock that the detector is given."""
    evidence: str = ""
    """The text that says so: printable, one short line, and nothing of what a user typed."""
    stop_code: int | None = None
    """Of a `bugcheck`, where it is known."""

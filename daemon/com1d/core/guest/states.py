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
    """Windows Boot Manager, GRUB, or any other loader that can be told what to boot."""
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
    PASSPHRASE = "passphrase"  # noqa: S105 - a state, and none
    """The boot waits for the passphrase of a disk."""
    KEY_WAIT = "key-wait"
    """The guest waits for Enter, or for any key."""
    DISK_CHECK = "disk-check"
    """The boot checks a disk, which takes its time, or asks what to do about one."""
    KERNEL_PANIC = "kernel-panic"
    BUGCHECK = "bugcheck"
    """Windows stopped: a blue screen, and perhaps `!SAC>`."""
    KERNEL_DEBUGGER = "kernel-debugger"
    """Packets for a Windows kernel debugger, instead of text; or the prompt of a kernel's own."""
    UNKNOWN = "unknown"
    """There is text, but none that tells."""


ANY: Final = "auto"
WINDOWS: Final = "windows"
LINUX: Final = "linux"
"""Whose a text is, in the words of the configuration. `LINUX` stands for the other Unixes, too."""

DEAD: Final = frozenset({State.KERNEL_PANIC, State.BUGCHECK})
"""A guest in such a state stays there until it boots."""

WAITS: Final = frozenset({State.PASSPHRASE, State.KEY_WAIT, State.DISK_CHECK})
"""States of a boot that waits for somebody."""

SAC_STATES: Final = frozenset(
    {State.SAC, State.SAC_CHANNEL, State.CMD_LOGIN, State.CMD, State.POWERSHELL}
)
"""SAC is there, at its prompt or behind one of its channels: ESC TAB 0 leads to `SAC>`."""


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


@dataclass(frozen=True, slots=True)
class Told:
    """What there is to tell of a look: a state that was got into, or what the guest survived."""

    offset: int
    """Where in the stream its evidence ends."""
    finding: Finding | None
    notice: str = ""
    """`soft-lockup`, `oops`, …, where there is no finding."""
    evidence: str = ""

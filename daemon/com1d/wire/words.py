"""Words and numbers that daemon and clients share. PROTOCOL.md describes them."""

from enum import Enum, IntEnum, StrEnum
from typing import Final


SUBPROTOCOL: Final = "com1.v1"
PROBLEM_TYPE: Final = "application/problem+json"

JSON_VERSION: Final = 1
"""Of the JSON objects that the daemon and `com1 --json` give. New members may come at any time; a
member that changes its meaning or goes away makes it the next number."""

DEFAULT_REPLAY: Final = 16384
"""Bytes of scrollback that an attach replays unless told otherwise: some eight 80x24 screens."""

SCREEN_ROWS: Final = (2, 100)
SCREEN_COLUMNS: Final = (2, 300)
"""The screens that an attach can ask for: the largest is a large monitor full of small print, and
has a megabyte at the very worst."""

WINDOW: Final = (4096, 16 * 1024 * 1024)
"""Bytes that a client may ask to be sent before it acknowledges some: a few reads of a terminal, up
to more than any ring holds by default."""

PASTE_LIMIT: Final = 2048
"""Characters in one paste, as Azure Serial Console has it, unless `paste_limit` says otherwise."""

PORT_KINDS: Final = (
    *("serial", "pipe", "listen", "pty", "unix"),
    *("tcp", "telnet", "rfc2217", "exec", "demo"),
)
"""Kinds of port: the word before the colon."""

ANY: Final = "auto"
WINDOWS: Final = "windows"
LINUX: Final = "linux"
GUESTS: Final = (WINDOWS, LINUX, ANY)
"""Whose keys, pacing and texts a guest has; `auto` follows what it prints."""

PARITIES: Final = ("none", "even", "odd", "mark", "space")
FLOWS: Final = ("none", "rtscts", "xonxoff")
"""Parity and flow control of a real line."""

ON_DISCONNECT: Final = ("none", "lock")
"""Values of `on_disconnect`, for a guest whose user has gone; `lock` is for Windows."""


class Mode(Enum):
    """What a session asks for when it attaches."""

    ACTIVE = "active"
    OBSERVE = "observe"


class Role(IntEnum):
    """A user's role on a console. Each role includes those below it."""

    READER = 1
    CONTRIBUTOR = 2
    OWNER = 3

    def __str__(self) -> str:
        return self.name.lower()


ROLES: Final = tuple(map(str, Role))
"""From the lowest to the highest."""

EVERYONE: Final = "everyone"
"""The principal of a role for every user that may open the sockets."""


class KeyProfile(StrEnum):
    """Which bytes a key becomes."""

    XTERM = "xterm"
    VT_UTF8 = "vt-utf8"
    PCANSI = "pcansi"
    SAC = "sac"


LOG_LEVELS: Final = ("info", "warning", "error")
"""Levels of the daemon's log, the least urgent first."""

MONITORS: Final = (ANY, "own", "shared")
"""Whether a QMP socket is com1d's alone."""

KEY_PROFILES: Final = (ANY, KeyProfile.XTERM, KeyProfile.VT_UTF8, KeyProfile.PCANSI)
"""What can be configured. `auto` follows the guest and its state; only they lead to `sac`."""


class GuestState(StrEnum):
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
    """There is text, but no evidence of a state."""


GUEST_STATES: Final = tuple(map(str, GuestState))

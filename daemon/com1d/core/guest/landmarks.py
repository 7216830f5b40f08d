"""Texts that tell what the guest is doing, wherever they are in the stream.

A landmark's pattern is matched from the start of the line that has its needle. It must be decided
by what it matches: text that comes later may not change that, so it has no `$` and looks at
nothing behind its end. And its repetitions are bounded: whoever controls a guest controls what
these patterns are tried on.
"""

import re
from dataclasses import dataclass
from typing import Final

from com1d.core.guest.states import ANY, LINUX, WINDOWS, State
from com1d.core.guest.text import LINE_END


@dataclass(frozen=True, slots=True, eq=False)
class Landmark:
    """A text that tells the state from there on. Each is itself alone, and quick to hash."""

    state: State
    needle: str
    """What to look for first: a plain search is far faster than a pattern."""
    pattern: re.Pattern[str]
    """A group `shown` is the evidence, where the rest is not; a group `code`, the STOP code."""
    guest: str = ANY
    boots: bool = False
    """Whether the text is printed by a boot, early, and ends all that was before."""
    lines_before: int = 0
    """How many lines before the needle's the pattern begins."""
    back: int | None = None
    """Characters before the needle where the pattern begins, for what has no lines."""
    inside: bool = False
    """Whether more than blanks can stand before the needle in its line."""


def _landmark(
    state: State,
    needle: str,
    pattern: str = "",
    guest: str = ANY,
    *,
    boots: bool = False,
    lines_before: int = 0,
    back: int | None = None,
    inside: bool = False,
) -> Landmark:
    whole = re.compile(pattern or rf" {{0,79}}{re.escape(needle)}")
    return Landmark(state, needle, whole, guest, boots, lines_before, back, inside)


_STAMP: Final = r"\[ {0,4}\d{1,10}\.\d{6}\](?:\[ {0,5}[TC]\d{1,10}\])? "
"""What printk puts before a line: seconds, and the caller where CONFIG_PRINTK_CALLER is set."""

_BEHIND_PROMPT: Final = r"(?:[\w.@~:/()\[\] -]{0,100}[#$%] ?|[\w.-]{1,64} login: [^\n]{0,32})?"
"""The kernel does not begin a new line when somebody waits at a prompt. A syslog line, in which
the stamp follows `kernel:`, does not look like one, nor does a string in a source."""

_KERNEL_PANIC: Final = (
    # With a stamp the line is the kernel's own. Documentation/admin-guide, kernel/panic.c.
    _landmark(
        State.KERNEL_PANIC,
        "Kernel panic - not syncing: ",
        rf"{_BEHIND_PROMPT}{_STAMP}(?P<shown>Kernel panic - not syncing: [^\n]{{0,300}})\n",
        LINUX,
        inside=True,
    ),
    # Without one (printk.time=0) it may be quoted, so what panic() prints next has to follow.
    _landmark(
        State.KERNEL_PANIC,
        "Kernel panic - not syncing: ",
        r"(?:[\w.-]{1,64} login: [^\n]{0,32})?(?P<shown>Kernel panic - not syncing: [^\n]{0,300})\n"
        r"(?:[^\n]{0,300}\n){0,3}?"
        r"(?:CPU: \d|Pid: \d|Call Trace:|Kernel Offset: |---\[ end Kernel panic|Rebooting in \d)",
        LINUX,
        inside=True,
    ),
)

_KERNEL_PANIC_END: Final = _landmark(
    # The last line that a panic prints, should the first be out of sight by then.
    State.KERNEL_PANIC,
    "Kernel panic - not syncing: ",
    rf"{_STAMP}---\[ end (?P<shown>Kernel panic - not syncing: [^\n]{{0,300}}?)(?: \]---)?\n",
    LINUX,
    inside=True,
)

_BUGCHECK: Final = (
    # EMS: Cyclades ACS Command Reference, EMS chapter. It is no XML that a parser would take.
    _landmark(
        State.BUGCHECK,
        '<PROPERTY NAME="STOPCODE"',
        r'<INSTANCE CLASSNAME="BLUESCREEN">\s{0,80}\n *'
        r'<PROPERTY NAME="STOPCODE"[^>\n]{0,80}>\s{0,80}'
        r'<VALUE>"?0x(?P<code>[0-9A-Fa-f]{1,16})"?</VALUE>',
        WINDOWS,
        lines_before=1,
    ),
    _landmark(
        State.BUGCHECK,
        "*** STOP: 0x",
        r"\*\*\* STOP: 0x(?P<code>[0-9A-Fa-f]{8}) \(0x[0-9A-Fa-f]{8}[^\n]{0,100}\n",
        WINDOWS,
    ),
)

_PACKET: Final = r"0000[\x01-\x0a]\x00[\x00-\x7f\ufffd][\x00-\x0f][\x00\x01]"
_CONTROL: Final = r"iiii[\x04-\x06]\x00\x00\x00[\x00\x01][\x00\x08](?:\x00\x00|\ufffd\ufffd)\x00{4}"

_KD: Final = (
    # A packet's header: leader, type, byte count, id with its fixed upper half 0x8080 (KDCOM).
    # Bytes from 0x80 on have become U+FFFD.
    *(
        _landmark(
            State.KERNEL_DEBUGGER,
            f"{sync}\ufffd\ufffd",
            rf"{_PACKET}{sync}\ufffd\ufffd",
            WINDOWS,
            back=9,
            inside=True,
        )
        for sync in ("\x00", "\x08")
    ),
    # Acknowledge, resend and reset have neither data nor a checksum.
    _landmark(State.KERNEL_DEBUGGER, "iiii", _CONTROL, WINDOWS, back=0, inside=True),
)

_FIRMWARE: Final = (
    _landmark(State.FIRMWARE, "SeaBIOS (version ", r"SeaBIOS \(version [^\n)]{1,80}\)", boots=True),
    _landmark(State.FIRMWARE, "iPXE (", r"iPXE \((?:http|PCI)[^\n]{1,80}\n"),
    _landmark(
        State.FIRMWARE, "Booting from ", rf"Booting from [^\n]{{1,60}}\.\.\.{LINE_END}", boots=True
    ),
    _landmark(State.FIRMWARE, "Boot failed: ", r"Boot failed: [^\n]{1,80}\n"),
    _landmark(State.FIRMWARE, "No bootable device", r"No bootable device[^\n]{0,60}\n"),
    _landmark(State.FIRMWARE, "BdsDxe: ", r"BdsDxe: (?:loading|starting|failed) [^\n]{1,200}\n"),
    _landmark(State.FIRMWARE, "UEFI Interactive Shell v", boots=True),
    _landmark(State.FIRMWARE, "EDK II", rf"EDK II(?: |{LINE_END})"),
    _landmark(
        State.FIRMWARE, "American Megatrends",
        r"(?:AMIBIOS|Aptio|Version )[^\n]{0,60}American Megatrends", boots=True,
        inside=True,
    ),
)  # fmt: skip

_BOOT_MENU: Final = (
    # `bcdedit` prints the same title, underlined.
    _landmark(
        State.BOOT_MENU,
        "Windows Boot Manager",
        r" *Windows Boot Manager *[\v\f\x0e]?\n[\s\v\f\x0e]{0,200}[^\s\v\f\x0e-]",
        WINDOWS,
        boots=True,
    ),
    _landmark(
        State.BOOT_MENU,
        "Choose an operating system to start, or press TAB to select a tool",
        guest=WINDOWS,
        boots=True,
    ),
    _landmark(
        State.BOOT_MENU, "Advanced Boot Options", rf" *Advanced Boot Options{LINE_END}", WINDOWS,
        boots=True,
    ),
    _landmark(
        State.BOOT_MENU,
        "Seconds until the highlighted choice will be started automatically",
        guest=WINDOWS,
    ),
    _landmark(State.BOOT_MENU, "GNU GRUB  version ", r" *GNU GRUB  version \d[^\n]{0,60}\n",
              boots=True),
    _landmark(State.BOOT_MENU, "The highlighted entry will be executed automatically in "),
)  # fmt: skip

LINUX_VERSION: Final = _landmark(
    State.BOOTING,
    "] Linux version ",
    r"\[    0\.000000\](?:\[ {0,5}[TC]\d{1,10}\])? Linux version \d[^\n]{0,400}\n",
    LINUX,
    boots=True,
    inside=True,
)
"""Also the first line of `dmesg`; see `detector`."""

_BOOTING: Final = (
    LINUX_VERSION,
    _landmark(State.BOOTING, "Starting kernel ...", r"Starting kernel \.\.\.\s", LINUX, boots=True),
    _landmark(
        State.BOOTING, "reboot: ", rf"{_STAMP}reboot: (?:Restarting system|machine restart)",
        LINUX,
        inside=True,
    ),
    _landmark(
        State.BOOTING, "\\System32\\",
        r"(?:Loading|Loaded:) \\(?:SystemRoot|Windows)\\System32\\[^\n]{1,120}\n", WINDOWS,
        inside=True,
    ),
    # A repaint of SAC's screen shows these lines again, but padded, or ended by the cursor.
    _landmark(
        State.BOOTING, "Computer is booting, SAC started and initialized.",
        r"Computer is booting, SAC started and initialized\.\n", WINDOWS, boots=True,
    ),
    _landmark(
        State.BOOTING, "The computer is shutting down.",
        r"The SAC will become unavailable soon\.  The computer is shutting down\.\n", WINDOWS,
        inside=True,
    ),
)  # fmt: skip

_HEALTH: Final = _landmark(
    # microsoft/azserialconsole, Known_Issues/Windows_Health_Info.md
    State.HEALTH_ONLY,
    " Microsoft Azure VM Health Report - Start ",
    rf"=+ Microsoft Azure VM Health Report - Start \S{{10,40}} =+{LINE_END}",
    WINDOWS,
    inside=True,
)

_EMERGENCY: Final = (
    _landmark(State.EMERGENCY, "Give root password for ", guest=LINUX),
    _landmark(State.EMERGENCY, "You are in emergency mode", guest=LINUX),
    _landmark(State.EMERGENCY, "You are in rescue mode", guest=LINUX),
    _landmark(State.EMERGENCY, "Entering emergency mode", guest=LINUX),
    _landmark(State.EMERGENCY, "Welcome to emergency mode", guest=LINUX),
    _landmark(State.EMERGENCY, "Press Enter for maintenance", guest=LINUX),
)

LANDMARKS: Final = (
    *_KERNEL_PANIC,
    _KERNEL_PANIC_END,
    *_BUGCHECK,
    *_KD,
    *_FIRMWARE,
    *_BOOT_MENU,
    *_BOOTING,
    _HEALTH,
    *_EMERGENCY,
)

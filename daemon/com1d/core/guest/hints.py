"""What to do about what the guest does: a sentence or two for whoever looks at the console."""

from typing import Final

from com1d.core.guest.states import State


EMS: Final = (
    "To get SAC, run in Windows: bcdedit /ems {current} on, then bcdedit /emssettings EMSPORT:1 "
    "EMSBAUDRATE:115200, and restart"
)

_SAC_SCREEN: Final = (
    "The screen is 80x24 and does not scroll; arrow and editing keys have no effect"
)

_ANY: Final[dict[State, str]] = {
    State.FIRMWARE: "The firmware is starting the machine. Its keys, such as ESC, work only now.",
    State.BOOT_MENU: "Choose with the arrow keys and Enter, or by the number or key that the menu "
    "names. In Windows, F8 shows the advanced options; in GRUB, e edits an entry and c gives a "
    "command line.",
    State.BOOTING: "The guest is booting. Windows may print nothing for a minute or more.",
    State.HEALTH_ONLY: f"Windows reports its health here but takes no input: SAC is off. {EMS}.",
    State.SAC: f"cmd opens a Command Prompt, ch lists the channels, ? all commands. {_SAC_SCREEN}. "
    "restart, shutdown and crashdump act at once.",
    State.SAC_CHANNEL: "Press Enter to see this channel, ESC TAB for the next one, or ESC TAB 0 "
    "to go back to SAC.",
    State.CMD_LOGIN: "Log in with a user name, the domain or the computer's name, and a password. "
    "ESC TAB 0 goes back to SAC.",
    State.CMD: "A Command Prompt, 80x24: pipe long output into more. ESC TAB 0 goes back to SAC; "
    "nobody is logged out by that.",
    State.POWERSHELL: "Before you paste, run Remove-Module PSReadLine, or paste verified: "
    "PSReadLine doubles characters. ESC TAB 0 goes back to SAC.",
    State.LOGIN: "Log in with a user of the guest.",
    State.EMERGENCY: "Linux could not mount or start what it needs. Log in as root if asked to, "
    "look at journalctl -xb and /etc/fstab, then run systemctl default or reboot.",
    State.PASSPHRASE: "The boot waits for the passphrase of an encrypted disk. Type it and press "
    "Enter; nothing is shown of it, and messages may be printed into the question.",
    State.KEY_WAIT: "The guest waits for a key. Press Enter to let it go on.",
    State.DISK_CHECK: "The boot checks a disk, which may take long: do not reset the machine. If "
    "it asks, answer; if it says to run fsck manually, log in and do so.",
    State.KERNEL_PANIC: "The kernel has stopped and takes no input. Keep what it printed, then "
    "reset the machine.",
    State.BUGCHECK: "Windows has stopped. At !SAC>, id and d tell more and restart boots at once; "
    "without that prompt, wait for the memory dump and reset the machine.",
    State.KERNEL_DEBUGGER: "The kernel has stopped in its debugger: c or continue lets it go on. "
    "Where Windows speaks to a debugger on this port, nobody can type: run in Windows "
    "bcdedit /debug {current} off, and restart.",
    State.UNKNOWN: "Press Enter to see what answers.",
}

_BLANK: Final = "Nothing was printed since the boot. Press Enter to see whether anything answers."
_BLANK_WINDOWS: Final = f"{_BLANK} If not, SAC is off. {EMS}."
_BLANK_LINUX: Final = (
    f"{_BLANK} If not, the guest needs console=ttyS0,115200 on its kernel's command line, and "
    "serial-getty@ttyS0.service for a login."
)


def hint(state: State, guest: str, stop_code: int | None = None, size: str = "") -> str:
    """Give the advice for a state of a `windows`, `linux` or `auto` guest.

    `stop_code` is that of a bugcheck. `size` is what `set_size` gives for the user's terminal,
    where it is known; a Linux shell does not know it.
    """
    match state:
        case State.BLANK if guest != "auto":
            return _BLANK_WINDOWS if guest == "windows" else _BLANK_LINUX
        case State.BLANK:
            return f"{_BLANK} If it is Windows, SAC may be off. {EMS}."
        case State.SHELL:
            command = size or "stty rows R cols C"
            return f"The guest does not know your terminal's size: run resize, or {command}."
        case State.BUGCHECK if stop_code is not None:
            return f"STOP 0x{stop_code:X}. {_ANY[state]}"
    return _ANY[state]


def set_size(rows: int, columns: int) -> str:
    """Give the command that tells a Linux shell how large the terminal is."""
    return f"stty rows {rows} cols {columns}"

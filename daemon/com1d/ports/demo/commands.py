"""The commands of the simulated Command Prompt: one function each, from a line to text.

The texts are those of `cmd.exe` where it has such a command. Everything is read-only.
"""

from collections.abc import Callable
from typing import Final

from com1d.ports.demo import boot, machine
from com1d.ports.demo.screen import CLEAR
from com1d.values import dataclass


DIRECTORY: Final = "C:\\Windows\\system32"

_HELP: Final = """\
This simulated Command Prompt knows:

CLS            Clears the screen.
DATE           Displays the date.
DIR            Displays the files of the directory.
ECHO           Displays what follows it.
EXIT           Ends the Command Prompt and closes its channel.
HELP           Displays this list.
HOSTNAME       Displays the name of the computer.
IPCONFIG       Displays the address of the computer.
TIME           Displays the time.
TYPE boot.log  Displays what was loaded during the boot.
VER            Displays the version of Windows.
WHOAMI         Displays who is logged in.
"""

_IPCONFIG: Final = """
Windows IP Configuration


Ethernet adapter Ethernet:

   Connection-specific DNS Suffix  . :
   IPv4 Address. . . . . . . . . . . : {ip}
   Subnet Mask . . . . . . . . . . . : {subnet}
   Default Gateway . . . . . . . . . : {gateway}
"""

_BOOT_LOG: Final = "".join(
    f"BOOTLOG_LOADED \\SystemRoot\\System32\\{driver}\n" for driver in boot.DRIVERS
)

_FILES: Final = (("boot.log", len(_BOOT_LOG)), ("cmd.exe", 283_648), ("sacsess.exe", 90_112))


@dataclass(frozen=True, slots=True)
class Call:
    """A command as typed, and what it may look at."""

    machine: machine.Machine
    user: str
    """`domain\\user`."""
    rest: str
    """What follows the command's name, without the blanks around it."""
    now: float


def cls(_call: Call) -> str:
    """Clear the screen."""
    return CLEAR


def date(call: Call) -> str:
    """Give the date. It never asks for a new one."""
    today = f"{call.machine.utc(call.now):%a %m/%d/%Y} \n"
    return today if call.rest.lower() == "/t" else f"The current date is: {today}"


def time(call: Call) -> str:
    """Give the time. It never asks for a new one."""
    clock = call.machine.utc(call.now)
    if call.rest.lower() == "/t":
        return f"{clock:%I:%M %p}\n"
    return f"The current time is: {clock:%H:%M:%S}.{clock.microsecond // 10_000:02}\n"


def directory(call: Call) -> str:
    """List the one directory there is."""
    day = f"{call.machine.utc(call.machine.booted):%m/%d/%Y  %I:%M %p}"
    files = "".join(f"{day}    {size:14,} {name}\n" for name, size in _FILES)
    total = sum(size for _, size in _FILES)
    return (
        " Volume in drive C has no label.\n"
        " Volume Serial Number is C001-D000\n\n"
        f" Directory of {DIRECTORY}\n\n"
        f"{day}    <DIR>          .\n"
        f"{day}    <DIR>          ..\n"
        f"{files}"
        f"{len(_FILES):16} File(s) {total:14,} bytes\n"
        f"{2:16} Dir(s)  21,474,836,480 bytes free\n"
    )


def echo(call: Call) -> str:
    """Give back what was typed."""
    return f"{call.rest}\n" if call.rest else "ECHO is on.\n"


def help_list(_call: Call) -> str:
    """List the commands."""
    return _HELP


def hostname(_call: Call) -> str:
    """Give the computer's name."""
    return f"{machine.NAME}\n"


def ipconfig(call: Call) -> str:
    """Give the computer's address."""
    m = call.machine
    return _IPCONFIG.format(ip=m.address, subnet=m.subnet, gateway=m.gateway)


def type_file(call: Call) -> str:
    """Give the text of the one file that has any."""
    match call.rest.lower():
        case "":
            return "The syntax of the command is incorrect.\n"
        case "boot.log":
            return _BOOT_LOG
        case _:
            return "The system cannot find the file specified.\n"


def ver(_call: Call) -> str:
    """Give the version."""
    return f"\n{BANNER.splitlines()[0]}\n"


def whoami(call: Call) -> str:
    """Give the name under which the user logged in."""
    return f"{call.user.lower()}\n"


BANNER: Final = f"""\
Microsoft Windows [Version {machine.VERSION}.{machine.BUILD}.2700]
(c) Microsoft Corporation. All rights reserved.

"""

NOT_RECOGNIZED: Final = (
    "'{name}' is not recognized as an internal or external command,\n"
    "operable program or batch file.\n"
)

COMMANDS: Final[dict[str, Callable[[Call], str]]] = {
    "cls": cls,
    "date": date,
    "dir": directory,
    "echo": echo,
    "help": help_list,
    "hostname": hostname,
    "ipconfig": ipconfig,
    "time": time,
    "type": type_file,
    "ver": ver,
    "whoami": whoami,
}

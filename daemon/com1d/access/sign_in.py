"""Who signed in for a process, at which terminal and from where, from files that root alone writes.

A process's environment would say so, too (`SSH_CONNECTION`), but its user can set that at will. All
files are in memory (/proc, /run), so that reading them does not block the loop.
"""

import os
import re
import struct
from pathlib import Path
from typing import Final, NamedTuple


PROC: Final = Path("/proc")
SESSIONS: Final = Path("/run/systemd/sessions")
UTMP: Final = Path("/run/utmp")

NOBODY: Final = 0xFFFFFFFF
"""The login uid, and the session, of a process that no sign-in stands behind: -1."""

FILE_BYTES: Final = 4096
"""Bytes read of a file about one process or session; the longest has a few hundred."""
UTMP_BYTES: Final = 256 * 384
"""Bytes read of utmp: 256 sign-ins at once are more than a host's administrators have."""

_ENTRY: Final = struct.Struct("hi32s4s32s256shhiii16s20s")
"""One sign-in, as utmp(5) has it on Linux: type, process, line, id, user, host, and times."""
_USER_PROCESS: Final = 7

_UNIX98: Final = range(136, 144)
"""Major numbers of pseudoterminals, 256 to each (devices.txt of Linux)."""
_TTY: Final = 4
"""Major number of virtual terminals and, from minor 64 on, serial ports."""
_SERIAL: Final = 64


class SignIn(NamedTuple):
    """What the kernel and the host know of the sign-in behind a process."""

    uid: int | None = None
    """The login uid (proc(5)); None where nobody signed in."""
    terminal: str = ""
    address: str = ""


def sign_in(pid: int, proc: Path = PROC, sessions: Path = SESSIONS, utmp: Path = UTMP) -> SignIn:
    """Read about a process. What cannot be read is left empty: it has ended, or is elsewhere."""
    process = proc / str(pid)
    uid = _number(_read(process / "loginuid"))
    terminal = _terminal(_read(process / "stat"))
    if uid is None:
        return SignIn(None, terminal)
    session = _number(_read(process / "sessionid"))
    address = "" if session is None else _remote_host(_read(sessions / str(session)))
    if not address and terminal:
        address = _host_of(_read(utmp, UTMP_BYTES), terminal)
    return SignIn(uid, terminal, address)


def _read(path: Path, size: int = FILE_BYTES) -> bytes:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(fd, size)
    except OSError:
        return b""
    finally:
        os.close(fd)


def _number(content: bytes) -> int | None:
    if not re.fullmatch(rb"[0-9]{1,10}\n?", content):
        return None
    number = int(content)
    return None if number == NOBODY else number


def _terminal(stat: bytes) -> str:
    """Name the controlling terminal in a process's `stat` (proc(5)); "" where it has none."""
    fields = stat.rpartition(b")")[2].split()
    if len(fields) < 5 or not re.fullmatch(rb"-?[0-9]{1,10}", fields[4]):  # noqa: PLR2004  # tty_nr
        return ""
    number = int(fields[4]) & 0xFFFFFFFF
    major, minor = number >> 8 & 0xFFF, number & 0xFF | number >> 12 & 0xFFF00
    if major in _UNIX98:
        return f"pts/{(major - _UNIX98.start << 8) + minor}"
    if major == _TTY:
        return f"tty{minor}" if minor < _SERIAL else f"ttyS{minor - _SERIAL}"
    return ""


def _remote_host(session: bytes) -> str:
    """Find the address in logind's file about a session."""
    match = re.search(rb"^REMOTE_HOST=([!-~]{1,255})$", session, re.MULTILINE)
    return match[1].decode() if match else ""


def _host_of(utmp: bytes, terminal: str) -> str:
    whole = len(utmp) // _ENTRY.size * _ENTRY.size
    for kind, _, line, _, _, host, *_ in _ENTRY.iter_unpack(utmp[:whole]):
        if kind == _USER_PROCESS and bytes(line).rstrip(b"\0").decode(errors="replace") == terminal:
            return bytes(host).partition(b"\0")[0].decode(errors="replace")
    return ""

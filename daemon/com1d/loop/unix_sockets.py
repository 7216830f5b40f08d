"""Questions to the kernel about Unix sockets: whether we were accepted, and who else is connected.

A connection to a listener that serves another client looks established to us: it waits in the
backlog, silent, and what is written into it is delivered when the other one leaves. Only
sock_diag(7) tells the difference: until accept() gives it a file, the far end has inode 0.
"""

import os
import socket
import struct
from collections.abc import Container, Iterator
from typing import Final


NETLINK_SOCK_DIAG: Final = 4
SOCK_DIAG_BY_FAMILY: Final = 20
NLMSG_ERROR: Final = 2
NLMSG_DONE: Final = 3
NLM_F_REQUEST: Final = 0x1
NLM_F_DUMP: Final = 0x300
"""linux/netlink.h, linux/sock_diag.h."""

SHOW_VFS: Final = 0x2
SHOW_PEER: Final = 0x4
VFS: Final = 1
PEER: Final = 2
"""What to show, and the attribute that shows it (linux/unix_diag.h)."""

ESTABLISHED: Final = 1 << 1
ANY_STATE: Final = 0xFFFFFFFF
NO_COOKIE: Final = 0xFFFFFFFF

_HEADER: Final = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence number, port."""
_REQUEST: Final = struct.Struct("=BBHIIIII")
"""struct unix_diag_req: family, protocol, padding, states, inode, show, cookie (two)."""
_MESSAGE: Final = struct.Struct("=BBBBIII")
"""struct unix_diag_msg: family, type, state, padding, inode, cookie (two)."""
_ATTRIBUTE: Final = struct.Struct("=HH")
"""struct nlattr: length, type."""
_INODE: Final = struct.Struct("=I")
_FILE: Final = struct.Struct("=II")
"""struct unix_diag_vfs: inode and device of the path that the socket is bound to."""

_ANSWER_BYTES: Final = 65536
"""One read of the kernel's answer: a dump comes in parts of at most 32 KiB."""

_MINOR_BITS: Final = 20
"""Of a device number as the kernel has it inside, and as unix_diag_vfs shows it."""


def is_accepted(connection: socket.socket) -> bool:
    """Say whether the far end has accepted `connection`; true where the kernel does not tell."""
    inode = os.fstat(connection.fileno()).st_ino
    try:
        answers = list(_ask(inode, ANY_STATE, SHOW_PEER, flags=NLM_F_REQUEST))
    except OSError:  # no sock_diag here (seccomp, an old kernel): assume that we were accepted
        return True
    return all(_INODE.unpack(found[PEER])[0] for _, found in answers if PEER in found)


def clients(status: os.stat_result) -> list[int]:
    """Give the inodes of the sockets that are connected to the listener bound to this file.

    Goes through all connections of the host: to be called in a thread.
    """
    device = os.major(status.st_dev) << _MINOR_BITS | os.minor(status.st_dev)
    bound = _FILE.pack(status.st_ino & 0xFFFFFFFF, device)
    try:
        answers = list(_ask(0, ESTABLISHED, SHOW_VFS | SHOW_PEER, flags=NLM_F_REQUEST | NLM_F_DUMP))
    except OSError:
        return []
    peers = (_INODE.unpack(found[PEER])[0] for _, found in answers if found.get(VFS) == bound)
    return [peer for peer in peers if peer]


def accepted(inodes: Container[int]) -> Iterator[dict[int, bool]]:
    """Say of connections, by the inodes of our ends, whether their far ends have accepted them.

    Goes through all connections of the host, a part at a time, each a fraction of a millisecond;
    gives what each part says. Raises `OSError`.
    """
    flags = NLM_F_REQUEST | NLM_F_DUMP
    for part in _read(0, ESTABLISHED, SHOW_PEER, flags=flags, only=inodes):
        yield {inode: bool(_INODE.unpack(found[PEER])[0]) for inode, found in part if PEER in found}


def _ask(
    inode: int, states: int, show: int, *, flags: int
) -> Iterator[tuple[int, dict[int, bytes]]]:
    """Ask for one socket, or with NLM_F_DUMP for all: inode and attributes of each."""
    for part in _read(inode, states, show, flags=flags):
        yield from part


def _read(
    inode: int, states: int, show: int, *, flags: int, only: Container[int] | None = None
) -> Iterator[list[tuple[int, dict[int, bytes]]]]:
    """Ask as `_ask`; give each part of the kernel's answer, with `only` these inodes of it."""
    family = socket.AF_UNIX
    request = _REQUEST.pack(family, 0, 0, states, inode, show, NO_COOKIE, NO_COOKIE)
    header = _HEADER.pack(_HEADER.size + len(request), SOCK_DIAG_BY_FAMILY, flags, 1, 0)
    with socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETLINK_SOCK_DIAG
    ) as kernel:
        kernel.send(header + request)
        ended = False
        while not ended:
            answer = memoryview(kernel.recv(_ANSWER_BYTES))
            part, at = [], 0
            while at < len(answer) and not ended:
                length, kind, *_ = _HEADER.unpack_from(answer, at)
                ended = kind in (NLMSG_DONE, NLMSG_ERROR)
                begin = at + _HEADER.size
                if not ended and (only is None or _INODE.unpack_from(answer, begin + 4)[0] in only):
                    part.append(_parse(answer[begin : at + length]))
                at += _aligned(length)
            yield part
            ended = ended or not flags & NLM_F_DUMP


def _parse(message: memoryview) -> tuple[int, dict[int, bytes]]:
    inode = _MESSAGE.unpack_from(message)[4]
    attributes: dict[int, bytes] = {}
    rest = message[_MESSAGE.size :]
    while len(rest) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(rest)
        attributes[kind] = bytes(rest[_ATTRIBUTE.size : length])
        rest = rest[_aligned(length) :]
    return inode, attributes


def _aligned(length: int) -> int:
    """Round up to the four bytes that netlink counts in."""
    return (length + 3) & ~3

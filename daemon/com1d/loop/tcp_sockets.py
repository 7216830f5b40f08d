"""The same question about TCP connections within this host: whether the far end has accepted.

A server that takes one client at a time, as QEMU does, leaves the next one in its backlog, where
the connection looks established and what is written is kept for later. Until accept() gives it a
file, the far end's socket has inode 0, which sock_diag(7) tells for both ends of a connection
within a host. Of other hosts nobody can know.
"""

import socket
import struct
from pathlib import Path
from typing import Any, Final

from com1d.loop.unix_sockets import NETLINK_SOCK_DIAG, NLM_F_REQUEST, SOCK_DIAG_BY_FAMILY


_HEADER: Final = struct.Struct("=IHHII")
"""struct nlmsghdr: length, type, flags, sequence number, port."""
_REQUEST: Final = struct.Struct("=BBBBI2s2s16s16sIII")
"""struct inet_diag_req_v2 (linux/inet_diag.h): family, protocol, extensions, padding, states, and
the socket: its port, the other's, its address, the other's, interface, cookie (two)."""
_MESSAGE: Final = struct.Struct("=BBBB48xIIIII")
"""struct inet_diag_msg: family, state, timer, retransmits, the socket, and then expiry, both
queues, uid and inode."""
ANY_STATE: Final = 0xFFFFFFFF
NO_COOKIE: Final = 0xFFFFFFFF
ESTABLISHED: Final = "01"
"""In /proc/net/tcp."""

_ANSWER_BYTES: Final = 8192


def is_accepted(connection: socket.socket) -> bool:
    """Say whether the far end has accepted; true where the kernel does not tell."""
    ours, theirs = connection.getsockname(), connection.getpeername()
    if ours[0] != theirs[0]:  # within a host both ends have the address that was connected to
        return True
    try:
        inode = _inode(connection.family, theirs, ours)
    except OSError:  # no sock_diag here
        return True
    return inode != 0


def clients(connection: socket.socket) -> list[int]:
    """Give the inodes of the other sockets that are connected to where `connection` is.

    Goes through all connections of the host: to be called in a thread.
    """
    table = "tcp6" if connection.family == socket.AF_INET6 else "tcp"
    far = _shown(connection.family, connection.getpeername())
    near = _shown(connection.family, connection.getsockname())
    found = []
    with Path("/proc/self/net", table).open() as lines:
        for line in lines:
            _number, local, remote, state, *_, inode = line.split()[:10]
            if remote == far and local != near and state == ESTABLISHED and inode != "0":
                found.append(int(inode))
    return found


def _inode(family: int, near: tuple[Any, ...], far: tuple[Any, ...]) -> int | None:
    """Ask for the inode of one socket, by its own address and the other's."""
    request = _REQUEST.pack(
        family, socket.IPPROTO_TCP, 0, 0, ANY_STATE,
        near[1].to_bytes(2), far[1].to_bytes(2),
        socket.inet_pton(family, near[0]), socket.inet_pton(family, far[0]),
        0, NO_COOKIE, NO_COOKIE,
    )  # fmt: skip
    size = _HEADER.size + len(request)
    header = _HEADER.pack(size, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, 1, 0)
    kinds = socket.SOCK_RAW | socket.SOCK_CLOEXEC
    with socket.socket(socket.AF_NETLINK, kinds, NETLINK_SOCK_DIAG) as kernel:
        kernel.send(header + request)
        answer = kernel.recv(_ANSWER_BYTES)
    _length, kind, *_ = _HEADER.unpack_from(answer)
    if kind != SOCK_DIAG_BY_FAMILY:  # an error: there is no such socket any more
        return None
    inode: int = _MESSAGE.unpack_from(answer, _HEADER.size)[-1]
    return inode


def _shown(family: int, address: tuple[Any, ...]) -> str:
    """Spell an address as /proc/net/tcp does: words of four bytes, each the other way round."""
    packed = socket.inet_pton(family, address[0])
    words = (packed[start : start + 4][::-1] for start in range(0, len(packed), 4))
    return f"{b''.join(words).hex().upper()}:{address[1]:04X}"

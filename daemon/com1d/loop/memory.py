"""What guests print and users type, in memory: kept out of swap devices, and handed on.

That of a console outlives its process: a memfd with scrollback, cursors and slate.

::

    head      4 KiB    numbers of 64 bits: the ring's head, and a cursor for each client (`PROOF`)
    slate 2 x 32 KiB   the console's small state, written in turn, so that one is always whole
    ring               the scrollback

It is mapped by mmap(2) itself: Python's `mmap` keeps a second descriptor for each mapping, which
would be a thousand for a thousand consoles.
"""

import contextlib
import ctypes
import hashlib
import mmap
import os
import resource
import struct
import weakref
from typing import Final

from com1d.core.stream.ring import PROOF, Head, Room, private, proven
from com1d.errors import StateRefused


_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
)  # fmt: skip
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)

_FAILED: Final = ctypes.c_void_p(-1).value

WORDS_BYTES: Final = 4096
SLATE_BYTES: Final = 32768
"""Of one slate: a console's is one to three KiB, of which pages are touched as needed."""

FRONT_BYTES: Final = WORDS_BYTES + 2 * SLATE_BYTES
"""What stands before the ring."""

RING_WORDS: Final = slice(0, 3)
NUMBER_WORD: Final = 3
"""The word that has the highest number of a session whose cursor was kept."""

CURSORS: Final = range(8, 8 + 2 * 128, 2)
"""Words that begin a pair, of a session's number and its cursor. A console's client beyond so many
has to know its place itself."""

UNSURE: Final = 2**64 - 1
"""In the place of a cursor: the client is being written to, or has got a part of a frame."""

_SLATE: Final = struct.Struct("<QI32s")
"""A slate's number, which counts up, its length and its checksum; its bytes follow."""

_MCL_CURRENT, _MCL_FUTURE, _MCL_ONFAULT = 1, 2, 4
"""Of mlockall(2), in linux/mman.h."""


def lock() -> bool:
    """Keep this process's memory in RAM from now on, pages as they are touched; say whether it is.

    It is where the unit has LimitMEMLOCK=infinity: with a bound, allocations would fail at it.
    """
    if resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] != resource.RLIM_INFINITY:
        return False
    return bool(_libc.mlockall(_MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT) == 0)


class Memory:
    """The memory of one console. Pages that nobody has touched yet cost nothing."""

    __slots__ = ("_turn", "_words", "fd", "trouble")

    def __init__(self) -> None:
        """Begin without."""
        self.fd = -1
        """The memfd; -1 while there is none."""
        self.trouble = ""
        """Why the memory does not outlive this process; empty while it would."""
        self._words: memoryview | None = None
        self._turn = 0

    def allocate(self, size: int) -> Room:
        """Make it, once, for a ring of `size` bytes.

        What is asked of it first may be a byte that was read already, so it never fails: where the
        system has no descriptor or mapping left, the memory is of this process alone.
        """
        try:
            self.fd = os.memfd_create("com1d-console", os.MFD_CLOEXEC)
            os.ftruncate(self.fd, FRONT_BYTES + size)
            return self._map(FRONT_BYTES + size)
        except OSError as error:
            self.close()
            self.trouble = f"its scrollback would not outlive com1d: {error.strerror}"
            return _own(size)

    def take_over(self, fd: int, size: int) -> Room:
        """Go on with that of another process. Raises `StateRefused`."""
        self.fd = fd
        if (there := os.fstat(fd).st_size) != FRONT_BYTES + size:
            raise StateRefused(f"a scrollback of {there - FRONT_BYTES} bytes, not {size}")
        self._turn = max((number for number, _ in _slates(fd)), default=0)
        try:
            return self._map(there)
        except OSError as error:
            raise StateRefused(f"a scrollback that cannot be mapped: {error}") from None

    def _map(self, size: int) -> Room:
        whole = _mapped(self.fd, size)
        words = self._words = whole[:WORDS_BYTES].cast("Q")
        return whole[FRONT_BYTES:], words[RING_WORDS]

    def cursor_of(self, number: int) -> Head:
        """Give the place in which to keep the cursor of a session, until `forget`."""
        words = self._words
        if words is not None and (at := _place(words, PROOF * number + 1) or _place(words, 0)):
            words[NUMBER_WORD] = max(words[NUMBER_WORD], PROOF * number + 1)
            words[at], words[at + 1] = PROOF * number + 1, UNSURE
            return words[at + 1 : at + 2]
        return [UNSURE]

    def forget(self, number: int) -> None:
        """Keep the cursor of a session no more."""
        if self._words is not None and (at := _place(self._words, PROOF * number + 1)):
            self._words[at] = 0

    def forget_all(self) -> None:
        """Keep no cursor: they are of sessions that another process had."""
        if self._words is not None:
            for at in CURSORS:
                self._words[at] = 0

    @property
    def highest(self) -> int:
        """The highest number of a session whose cursor was kept. Raises `ValueError`."""
        kept = 0 if self._words is None else int(self._words[NUMBER_WORD])
        return proven(kept) if kept else 0

    @property
    def is_written(self) -> bool:
        """Whether it has a slate."""
        return self._turn > 0

    def write(self, slate: bytes) -> None:
        """Keep a slate in the place of the last one, which stays until this one is whole."""
        if len(slate) > SLATE_BYTES - _SLATE.size:
            raise ValueError(f"a slate of {len(slate)} bytes")
        self._turn += 1
        head = _SLATE.pack(self._turn, len(slate), _checksum(self._turn, slate))
        os.pwrite(self.fd, head + slate, WORDS_BYTES + self._turn % 2 * SLATE_BYTES)

    def read(self) -> bytes:
        """Give the newest slate that is whole. Raises `StateRefused`."""
        if not (found := _slates(self.fd)):
            raise StateRefused("nothing is written in it, or it is damaged")
        self._turn, newest = max(found)
        return newest

    def close(self) -> None:
        """Let go of the memfd; the mapping stays until nobody uses it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def cursors(fd: int) -> dict[int, int]:
    """Give the cursors that are kept in a memfd, by session; none that is unsure or damaged."""
    found: dict[int, int] = {}
    with contextlib.suppress(OSError, struct.error):
        words = struct.unpack(f"={WORDS_BYTES // 8}Q", os.pread(fd, WORDS_BYTES, 0))
        for at in CURSORS:
            if words[at] and words[at + 1] != UNSURE:
                with contextlib.suppress(ValueError):
                    found[proven(words[at])] = proven(words[at + 1])
    return found


def plain(fd: int) -> Room:
    """Give what a scrollback that has nothing in front of it holds, and close it."""
    with os.fdopen(fd, "rb") as file:
        file.seek(0)
        return bytearray(file.read()), [1, 1, 1]


def _own(size: int) -> Room:
    """Give memory of this process alone: pages as they are touched, if there is a mapping left."""
    try:
        return _mapped(-1, size), [1, 1, 1]
    except OSError:
        return private(size)


def _place(words: memoryview, number: int) -> int:
    """Give the word that has the number; 0 for none."""
    return next((at for at in CURSORS if words[at] == number), 0)


def _slates(fd: int) -> list[tuple[int, bytes]]:
    return [slate for at in (0, 1) if (slate := _slate(fd, at)) is not None]


def _slate(fd: int, place: int) -> tuple[int, bytes] | None:
    data = os.pread(fd, SLATE_BYTES, WORDS_BYTES + place * SLATE_BYTES)
    if len(data) < _SLATE.size:
        return None
    number, length, checksum = _SLATE.unpack_from(data)
    slate = data[_SLATE.size : _SLATE.size + length]
    whole = number and len(slate) == length and checksum == _checksum(number, slate)
    return (number, slate) if whole else None


def _checksum(number: int, slate: bytes) -> bytes:
    return hashlib.sha256(b"%d " % number + slate).digest()


def _mapped(fd: int, size: int) -> memoryview:
    """Map a memfd, or for -1 fresh memory, until the last view of it is gone."""
    kind = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS if fd < 0 else mmap.MAP_SHARED
    address = _libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, kind, fd, 0)
    if address == _FAILED:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    storage = (ctypes.c_char * size).from_address(address)
    weakref.finalize(storage, _libc.munmap, address, size)
    return memoryview(storage).cast("B")

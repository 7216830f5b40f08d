"""What guests print and users type, in memory: kept out of swap devices, and handed on.

The memory of a console's scrollback is a memfd, with which another process can go on. It is mapped
by mmap(2) itself: Python's `mmap` keeps a second descriptor for each mapping, which would be a
thousand for a thousand consoles.
"""

import ctypes
import mmap
import os
import resource
import weakref
from typing import Final

from com1d.errors import StateRefused


_libc: Final = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = (
    ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
)  # fmt: skip
_libc.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)

_FAILED: Final = ctypes.c_void_p(-1).value

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
    """The storage of one ring. Pages that no byte has touched yet cost no memory."""

    __slots__ = ("fd",)

    def __init__(self) -> None:
        """Begin without."""
        self.fd = -1
        """The memfd; -1 while there is none."""

    def allocate(self, size: int) -> memoryview:
        """Make the storage, once. Raises `OSError`."""
        self.fd = os.memfd_create("com1d-scrollback", os.MFD_CLOEXEC)
        os.ftruncate(self.fd, size)
        return _mapped(self.fd, size)

    def take_over(self, fd: int, size: int) -> memoryview:
        """Go on with the storage of another process. Raises `StateRefused`."""
        self.fd = fd
        if (there := os.fstat(fd).st_size) != size:
            raise StateRefused(f"a scrollback of {there} bytes, not {size}")
        try:
            return _mapped(fd, size)
        except OSError as error:
            raise StateRefused(f"a scrollback that cannot be mapped: {error}") from None

    def close(self) -> None:
        """Let go of the memfd; the mapping stays until nobody uses it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1


def _mapped(fd: int, size: int) -> memoryview:
    """Map a memfd until the last view of it is gone."""
    address = _libc.mmap(None, size, mmap.PROT_READ | mmap.PROT_WRITE, mmap.MAP_SHARED, fd, 0)
    if address == _FAILED:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    storage = (ctypes.c_char * size).from_address(address)
    weakref.finalize(storage, _libc.munmap, address, size)
    return memoryview(storage).cast("B")

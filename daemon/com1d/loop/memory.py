"""Memory of a console's scrollback, which another process can go on with: a memfd."""

import mmap
import os
from collections.abc import Callable

from com1d.errors import StateRefused


class Memory:
    """The storage of one ring. Pages that no byte has touched yet cost no memory."""

    __slots__ = ("_allocated", "fd")

    def __init__(self, allocated: Callable[["Memory"], None] = lambda _: None) -> None:
        """Begin without. `allocated` is called when there is some."""
        self.fd = -1
        """The memfd; -1 while there is none."""
        self._allocated = allocated

    def allocate(self, size: int) -> memoryview:
        """Make the storage, once."""
        self.fd = os.memfd_create("com1d-scrollback", os.MFD_CLOEXEC)
        os.ftruncate(self.fd, size)
        view = memoryview(mmap.mmap(self.fd, size))
        self._allocated(self)
        return view

    def take_over(self, fd: int, size: int) -> memoryview:
        """Go on with the storage of another process. Raises `StateRefused`."""
        self.fd = fd
        try:
            if os.fstat(fd).st_size != size:
                raise StateRefused(f"a scrollback of {os.fstat(fd).st_size} bytes, not {size}")
            return memoryview(mmap.mmap(fd, size))
        except (OSError, ValueError) as error:
            raise StateRefused(f"a scrollback that cannot be mapped: {error}") from None

    def close(self) -> None:
        """Let go of the memfd; the mapping stays until nobody uses it."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

"""What the kernel says of this process, as Prometheus calls it for every process."""

import os
import resource
import time
from pathlib import Path
from typing import Final

from com1d.telemetry.samples import ProcessSample


_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS: Final = os.sysconf("SC_CLK_TCK")

_AFTER_NAME: Final = 3
"""The number of the first field of proc(5)'s stat behind the name, which may hold blanks."""
_UTIME, _STIME, _STARTED, _VIRTUAL, _RESIDENT = (n - _AFTER_NAME for n in (14, 15, 22, 23, 24))


def _booted() -> float:
    """Give when this host booted, in seconds since 1970."""
    return time.time() - time.clock_gettime(time.CLOCK_BOOTTIME)


_BOOTED: Final = _booted()


def sample() -> ProcessSample:
    """Read it. Takes a tenth of a millisecond, however many descriptors are open."""
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    return ProcessSample(
        cpu=(int(fields[_UTIME]) + int(fields[_STIME])) / _TICKS,
        resident=int(fields[_RESIDENT]) * _PAGE,
        virtual=int(fields[_VIRTUAL]),
        descriptors=_descriptors(),
        descriptors_max=resource.getrlimit(resource.RLIMIT_NOFILE)[0],
        started=_BOOTED + int(fields[_STARTED]) / _TICKS,
    )


def _descriptors() -> int:
    """Count the open ones. Kernels before 6.2 do not tell, and let us look at each: 4 us."""
    folder = "/proc/self/fd"
    return os.stat(folder).st_size or len(os.listdir(folder)) - 1  # noqa: PTH116, PTH208 - no Path for each

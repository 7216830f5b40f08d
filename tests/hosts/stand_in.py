"""A VM's process, as far as its console goes: opens its FIFOs as QEMU does, and counts.

stand_in.py BASE: prints numbered lines on its console, ten a second, and ends where QEMU
would: where its FIFOs are not there. systemd is told when they are.
"""

import os
import signal
import socket
import sys
from itertools import count


LINE_SECONDS = 0.1
"""Between two lines: a guest that prints all the time, and not much."""


def main(base: str) -> None:
    """Print for ever."""
    os.open(base + ".in", os.O_RDWR)
    writes = os.open(base + ".out", os.O_RDWR)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.sendto(b"READY=1", os.environ["NOTIFY_SOCKET"])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    signal.setitimer(signal.ITIMER_REAL, LINE_SECONDS, LINE_SECONDS)
    for number in count():
        os.write(writes, b"line %08d\n" % number)
        signal.sigwait({signal.SIGALRM})


if __name__ == "__main__":
    main(sys.argv[1])

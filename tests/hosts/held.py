"""com1d with one fault: SIGUSR2 holds its loop for ever."""

import signal
import sys
import time

from com1d.__main__ import run


def hold(*_: object) -> None:
    """Do as a system call that never comes back."""
    while True:
        time.sleep(3600)


signal.signal(signal.SIGUSR2, hold)
sys.exit(run(sys.argv[1:]))

"""The process that writes, on a disk that takes milliseconds for each write."""

import sys
import time

from com1d.bootlog.files import Files
from com1d.bootlog.scribe import main


WRITE_SECONDS = 0.002


class SlowFiles(Files):
    def write(self, fd: int, data: bytes, position: int) -> None:
        time.sleep(WRITE_SECONDS)
        super().write(fd, data, position)


if __name__ == "__main__":
    main(int(sys.argv[1]), SlowFiles())

"""The process that writes, on a disk whose syncs do not return before a file `go` is there."""

import sys
import time
from pathlib import Path

from com1d.bootlog.files import Files
from com1d.bootlog.scribe import main


class StuckFiles(Files):
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def sync(self, fd: int) -> None:
        (self._folder / "syncing").touch()
        while not (self._folder / "go").exists():
            time.sleep(0.01)
        super().sync(fd)


if __name__ == "__main__":
    main(int(sys.argv[2]), StuckFiles(Path(sys.argv[1])))

"""A VM's process whose COM1 listens on a Unix socket, as QEMU does: serves one client, and counts.

stand_in_socket.py PATH: nobody but its own user may open the socket.
"""

import contextlib
import socket
import sys
import time
from itertools import count
from pathlib import Path


LINE_SECONDS = 0.1


def main(path: str) -> None:
    """Print for ever, to whoever has come."""
    Path(path).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        Path(path).chmod(0o600)
        listener.listen(1)
        for number in count():
            client, _ = listener.accept()
            with client, contextlib.suppress(OSError):
                while True:
                    client.sendall(b"line %08d\n" % number)
                    time.sleep(LINE_SECONDS)


if __name__ == "__main__":
    main(sys.argv[1])

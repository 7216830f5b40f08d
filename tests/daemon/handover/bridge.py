"""The program of an `exec:` port in tests: its terminal on one side, a guest's socket on the other.

bridge.py SOCKET: copies both ways until one side ends.
"""

import os
import select
import socket
import sys


def main(path: str) -> None:
    """Copy until the end."""
    with socket.socket(socket.AF_UNIX) as guest:
        guest.connect(path)
        ours: list[int] = [0, guest.fileno()]
        while True:
            ready, _, _ = select.select(ours, [], [])
            if guest.fileno() in ready:
                if not (printed := guest.recv(4096)):
                    return
                while printed:
                    printed = printed[os.write(1, printed) :]
            if 0 in ready:
                if not (typed := os.read(0, 4096)):
                    return
                guest.sendall(typed)


if __name__ == "__main__":
    main(sys.argv[1])

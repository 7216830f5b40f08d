"""The journal's own protocol: a line with fields beside it, for `journalctl COM1D_CONSOLE=web01`.

One datagram is one entry: `KEY=value` a line; a value of several lines comes with its length
instead (systemd's "Native Journal Protocol"). systemd adds the unit and the process by itself.
"""

import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final


SOCKET: Final = Path("/run/systemd/journal/socket")

PRIORITIES: Final = {"info": 6, "warning": 4, "error": 3}
"""Of syslog(3)."""

PREFIX: Final = "COM1D_"

LENGTH_BYTES: Final = 8


class Journal:
    """The journal of this host."""

    def __init__(self, path: Path = SOCKET) -> None:
        """Send to the socket at `path`."""
        self._path = str(path)

    def tell(self, level: str, line: str, said: Mapping[str, Any]) -> bool:
        """Write an entry; false where the journal does not take it now. Never waits."""
        entry = {"MESSAGE": line, "PRIORITY": PRIORITIES[level], "SYSLOG_IDENTIFIER": "com1d"}
        entry |= {f"{PREFIX}{key.upper()}": value for key, value in said.items()}
        data = b"".join(_field(key, value) for key, value in entry.items())
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sock:
            try:
                sock.sendto(data, self._path)
            except OSError:  # full, restarted at this moment, or too long for a datagram
                return False
        return True


def _field(key: str, value: object) -> bytes:
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    data = text.encode(errors="replace")
    if b"\n" not in data:
        return b"%s=%s\n" % (key.encode(), data)
    return b"%s\n%s%s\n" % (key.encode(), len(data).to_bytes(LENGTH_BYTES, "little"), data)

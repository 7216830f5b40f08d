"""A guest by whose output one sees whether each byte came once."""

from house import FifoGuest


class Numbers:
    """A guest that prints numbered lines, a few at a time."""

    def __init__(self, guest: FifoGuest) -> None:
        self.text = b""
        self._guest = guest
        self._count = 0

    def print(self, lines: int = 50) -> None:
        """Print that many more."""
        new = b"".join(b"%08d\r\n" % (self._count + number) for number in range(lines))
        self._count += lines
        self.text += new
        self._guest.print(new)

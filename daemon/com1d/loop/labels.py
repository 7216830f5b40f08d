"""Short labels for what is in the service manager's store, and a table of what each is.

The manager starts us with the names of all descriptors in one variable of the environment, and the
kernel starts no program with one of more than 128 KiB: with names of their own, the descriptors of
a thousand consoles would keep any process from being started again. So they are stored by number,
and the table, in a memfd, is stored with them. An entry is written before its descriptor is stored,
and used again after that was dropped: whenever we are killed, it is true.
"""

import os
import re
from collections.abc import Iterable, Mapping
from typing import Final


TABLE: Final = "com1d-names"
"""The table's own label."""

ENTRY_BYTES: Final = 192
"""Of one entry: the longest names are those of clients, a console's of 63 bytes and 40 more."""

DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"

_LABEL: Final = re.compile(r"[0-9a-z]{1,4}")


class Labels:
    """The table of one store. What is not in it has its name for a label, as in older versions."""

    __slots__ = ("_free", "_numbers", "_size", "fd")

    def __init__(self) -> None:
        """Have no table until one is begun or adopted."""
        self.fd = -1
        """The table, if there is one."""
        self._numbers: dict[str, int] = {}
        self._free: list[int] = []
        self._size = 0

    def adopt(self, fd: int, labels: Iterable[str]) -> dict[str, str]:
        """Go on with a killed process's table, of which these labels are used; give their names."""
        entries, names = self._read(fd), {}
        for label in labels:
            number = _number(label)
            there = entries[number] if 0 <= number < len(entries) else ""
            names[label] = there or label
            if there:
                self._numbers[there] = number
        self._free = sorted(set(range(self._size)) - set(self._numbers.values()))
        return names

    def adopt_names(self, fd: int, names: Iterable[str]) -> None:
        """Go on with the table of another process that has handed it over, and used these names."""
        used = set(names)
        entries = enumerate(self._read(fd))
        self._numbers = {name: number for number, name in entries if name in used}
        self._free = sorted(set(range(self._size)) - set(self._numbers.values()))

    def _read(self, fd: int) -> list[str]:
        self.close()
        self.fd, self._numbers = fd, {}
        table = os.pread(fd, os.fstat(fd).st_size, 0)
        self._size = len(table) // ENTRY_BYTES
        starts = range(0, self._size * ENTRY_BYTES, ENTRY_BYTES)
        entries = (table[start : start + ENTRY_BYTES] for start in starts)
        return [entry.rstrip(b"\0").decode(errors="replace") for entry in entries]

    def begin(self) -> int:
        """Make a table; give its descriptor, to be stored before anything. Raises `OSError`."""
        self.fd = os.memfd_create(TABLE, os.MFD_CLOEXEC)
        return self.fd

    def of(self, name: str) -> str:
        """Give the label of what is stored."""
        number = self._numbers.get(name)
        return name if number is None else _label(number)

    def give(self, name: str) -> str:
        """Give a label for what is going to be stored. Raises `OSError`."""
        if name not in self._numbers:
            number = self._free.pop() if self._free else self._size
            self._write(number, name)
            self._numbers[name] = number
            self._size = max(self._size, number + 1)
        return self.of(name)

    def forget(self, name: str) -> None:
        """Use the label again: what it was of is stored no more."""
        number = self._numbers.pop(name, None)
        if number is not None:
            self._write(number, "")
            self._free.append(number)

    def labelled(self, fds: Mapping[str, int]) -> dict[str, int]:
        """Give descriptors by label instead of by name, and the table with them."""
        by_label = {self.of(name): fd for name, fd in fds.items()}
        return by_label if self.fd < 0 else by_label | {TABLE: self.fd}

    def close(self) -> None:
        """Close the table."""
        if self.fd >= 0:
            os.close(self.fd)
            self.fd = -1

    def _write(self, number: int, name: str) -> None:
        entry = name.encode()
        if len(entry) >= ENTRY_BYTES:
            raise ValueError(f"{name} is too long for a name")
        os.pwrite(self.fd, entry.ljust(ENTRY_BYTES, b"\0"), number * ENTRY_BYTES)


def _label(number: int) -> str:
    label = ""
    while number or not label:
        number, digit = divmod(number, len(DIGITS))
        label = DIGITS[digit] + label
    return label


def _number(label: str) -> int:
    """Give the number that a label stands for; -1 for a name, which has another form."""
    return int(label, len(DIGITS)) if _LABEL.fullmatch(label) else -1

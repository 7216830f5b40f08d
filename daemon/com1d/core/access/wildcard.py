"""A path with `*` in it, which stand for what tells VMs apart.

`*` stands for one or more characters of one part of the path, no slash among them. Where a part has
several, each but the last stands for as few as it can.
"""

import re
from collections.abc import Sequence
from typing import Final


STAR: Final = "*"


class Wildcard:
    """`/run/qemu/*/com1.sock`, taken apart at the first part with a `*`.

    `root` is the directory in which entries appear. An entry is a directory where `deeper` or
    `below` is not empty, and otherwise the socket itself.
    """

    def __init__(self, pattern: str, root: str = "") -> None:
        """Take apart a pattern with a `*` in it, absolute or, with `root`, from there on."""
        parts = pattern.strip("/").split("/")
        first = next(number for number, part in enumerate(parts) if STAR in part)
        before, after = parts[:first], parts[first + 1 :]
        count = next((n for n, part in enumerate(after) if STAR in part), len(after))
        self.root: str = "/".join((root.rstrip("/"), *before)) or "/"
        self.deeper: Sequence[str] = after[:count]
        """Parts without a `*` below an entry."""
        self.below: str = "/".join(after[count:])
        """The pattern below those, which has a `*` again; or empty."""
        *most, last = map(re.escape, parts[first].split(STAR))
        self._entry: Final = re.compile(f"{'(.+?)'.join(most)}(.+){last}", re.DOTALL)
        self._hides: Final = parts[first].startswith(STAR)

    def parts_of(self, entry: str) -> tuple[str, ...] | None:
        """Give what the `*` of this part stand for in an entry of `root`; None for another kind."""
        if self._hides and entry.startswith("."):  # as a shell's glob: `*` is no hidden file
            return None
        match = self._entry.fullmatch(entry)
        return match.groups() if match else None

    def folders(self, entry: str) -> tuple[str, ...]:
        """Give the directories between `root` and the path of an entry, outermost first."""
        path = self._path(entry)
        folders = []
        for part in self.deeper:
            folders.append(path)
            path = f"{path}/{part}"
        return tuple(folders)

    def path_of(self, entry: str) -> str:
        """Give the path that an entry leads to; where there is more `below`, a directory."""
        return "/".join((self._path(entry), *self.deeper))

    def _path(self, entry: str) -> str:
        return f"{self.root.rstrip('/')}/{entry}"

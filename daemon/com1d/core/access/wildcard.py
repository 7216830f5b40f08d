"""A path with one `*` in it, which stands for a console's name.

`*` stands for one or more characters of one part of the path, no slash among them. With one
wildcard each name has one path and each path one name.
"""

from typing import Final


STAR: Final = "*"


class Wildcard:
    """`/run/qemu/*/com1.sock`, taken apart.

    `root` is the directory in which names appear. A name's own part of the path, its `entry`, is a
    directory where `deeper` is not empty, and otherwise the socket itself.
    """

    def __init__(self, pattern: str) -> None:
        """Take apart an absolute `pattern` with exactly one `*`."""
        head, _, tail = pattern.partition(STAR)
        root, _, self._before = head.rpartition("/")
        self._after, *deeper = tail.split("/")
        self.root: str = root or "/"
        self.deeper: tuple[str, ...] = tuple(deeper)

    def name_of(self, entry: str) -> str | None:
        """Give the name that an entry of `root` stands for, None for an entry of another kind."""
        middle = len(entry) - len(self._before) - len(self._after)
        if middle < 1 or not entry.startswith(self._before) or not entry.endswith(self._after):
            return None
        if entry.startswith(".") and not self._before:  # as a shell's glob: `*` is no hidden file
            return None
        return entry[len(self._before) : len(self._before) + middle]

    def folders(self, name: str) -> tuple[str, ...]:
        """Give the directories below `root` that lead to the path of `name`, outermost first."""
        path = self._entry(name)
        folders = []
        for part in self.deeper:
            folders.append(path)
            path = f"{path}/{part}"
        return tuple(folders)

    def path_of(self, name: str) -> str:
        """Give the path that `name` means."""
        return "/".join((self._entry(name), *self.deeper))

    def _entry(self, name: str) -> str:
        return f"{self.root.rstrip('/')}/{self._before}{name}{self._after}"

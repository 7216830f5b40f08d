"""Other spellings of paths, for `qemu … $(com1d guest-args NAME)`.

A shell cuts what a command printed into words at every blank and heeds no quotes in it, and QEMU
has no other way to write a blank. So a path with one is reached through a link in the runtime
directory.
"""

import contextlib
import re
from pathlib import Path
from typing import Final

from com1d.errors import Com1Error


FOLDER: Final = "paths"
"""In the runtime directory: links that lead to the directories of ports and controls."""

_SPLIT: Final = re.compile(r"[\s*?\[]")
"""What a shell cuts at, or expands, in the output of a command."""

ENDS: Final = ("in", "out")
"""Of the FIFOs of a `pipe:` port, which are two files that begin with its path."""


def plain(kind: str, path: str, folder: Path, name: str) -> str:
    """Give a path that a shell leaves whole and that leads to `path`, of a port of this `kind`.

    Makes the links `name` in `folder` where one is needed. Raises `Com1Error` where that cannot be.
    """
    if not _SPLIT.search(path):
        return path
    place = folder / name
    if _SPLIT.search(str(place)):
        raise Com1Error(f"{path!a} would be cut at its blanks, and so would {str(place)!a}")
    real = Path(path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        if not _SPLIT.search(real.name):
            _link(place, real.parent)
            return str(place / real.name)
        if kind != "pipe":
            raise Com1Error(f"{real.name!a} would be cut at its blanks: give it another name")
        for end in ENDS:
            _link(Path(f"{place}.{end}"), Path(f"{path}.{end}"))
    except OSError as error:
        raise Com1Error(f"{path!a} needs a link without blanks: {error}") from None
    return str(place)


def _link(place: Path, target: Path) -> None:
    with contextlib.suppress(OSError):
        if place.readlink() == target:
            return
    fresh = place.with_name(f"{place.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.rename(place)

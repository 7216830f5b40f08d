"""From files to tables: the main file, then `conf.d/*.toml` beside it in the order of their names.

A file that cannot be read is a `Source` with a problem and no table, so that the others are still
looked at and an operator sees everything that is wrong at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import tomli

from com1d.errors import ConfigProblem


FILE_BYTES: Final = 16 << 20
"""The most that one file may hold. 4,000 consoles with every key take 1 MiB; a mistaken path to
something endless must not eat the host."""


@dataclass(frozen=True, slots=True)
class Source:
    """What one file says."""

    file: str
    table: dict[str, Any] = field(default_factory=dict)
    problem: ConfigProblem | None = None


def read_all(path: Path) -> list[Source]:
    """Read the main file and those of `conf.d` beside it. Problems are in the sources."""
    return [_read(path), *_read_directory(path.parent / "conf.d")]


def parse(data: bytes, file: str) -> Source:
    """Take the bytes of one file as TOML."""
    try:
        return Source(file, tomli.loads(data.decode()))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _refused(file, f"must be UTF-8; line {line} is not")
    except tomli.TOMLDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        return _refused(file, f"is not TOML at {place}: {error.msg}")
    except RecursionError:
        return _refused(file, "must not nest its values hundreds of levels deep")
    except ValueError:  # from int(), which tomli lets through
        return _refused(file, "must not have numbers of thousands of digits")


def _read_directory(directory: Path) -> Iterator[Source]:
    try:
        paths = sorted(directory.iterdir())
    except FileNotFoundError:
        return
    except OSError as error:
        yield _refused(str(directory), f"cannot be read: {error.strerror}")
        return
    for path in paths:
        # As with a shell's glob: an editor's lock and swap files begin with a dot.
        if path.suffix == ".toml" and not path.name.startswith("."):
            yield _read(path)


def _read(path: Path) -> Source:
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES + 1)
    except OSError as error:
        return _refused(str(path), f"cannot be read: {error.strerror}")
    except ValueError:  # NUL in the path
        return _refused(str(path), "is not a path")
    if len(data) > FILE_BYTES:
        return _refused(str(path), f"must be at most {FILE_BYTES} bytes long")
    return parse(data, str(path))


def _refused(file: str, expected: str) -> Source:
    return Source(file, problem=ConfigProblem(file, "", "", expected))

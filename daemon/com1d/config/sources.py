"""Files as tables: the main file, then `conf.d/*.toml` beside it in the order of their names.

A file that cannot be read is a `Source` with a problem and no table, so that the others are still
looked at and an operator sees everything that is wrong at once.
"""

import codecs
import errno
import re
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path
from typing import Any, Final

import tomli

from com1d.config.settings.spelling import quoted
from com1d.errors import ConfigProblem
from com1d.values import dataclass


FILE_BYTES: Final = 16 << 20
"""Bytes that one file may hold. 4,000 consoles with every key take 1 MiB; the bound keeps a
mistaken path to an endless file from filling memory."""


@dataclass(frozen=True, slots=True)
class Source:
    """One file: its tables, or the problem with it."""

    file: str
    table: dict[str, Any] = field(default_factory=dict)
    problem: ConfigProblem | None = None


def read_all(path: Path) -> list[Source]:
    """Read the main file and those of `conf.d` beside it. Problems are in the sources."""
    return [read_one(path), *_read_directory(path.parent / "conf.d")]


def parse(data: bytes, file: str) -> Source:
    """Take the bytes of one file as TOML. A byte order mark, as Windows' editors write, is none."""
    try:
        return Source(file, tomli.loads(data.removeprefix(codecs.BOM_UTF8).decode()))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return _refused(file, UTF_16 if _is_utf_16(data) else f"must be UTF-8; line {line} is not")
    except tomli.TOMLDecodeError as error:
        if _is_utf_16(data):  # its zero bytes are valid UTF-8
            return _refused(file, UTF_16)
        place = f"line {error.lineno}, column {error.colno}"
        return _refused(file, f"is not TOML at {place}: {error.msg}{_remedy(error)}")
    except RecursionError:
        return _refused(file, "must not nest its values hundreds of levels deep")
    except ValueError:  # from int(), which tomli lets through
        return _refused(file, "must not have numbers of thousands of digits")


UTF_16: Final = "must be UTF-8, and is UTF-16: save it as UTF-8, or use iconv -f UTF-16 -t UTF-8"

_LOOKALIKES: Final = re.compile("[\u2018-\u201f\u00ab\u00bb\u2032\u2033]")
_BLANKS: Final = re.compile("[\u00a0\u2000-\u200b\u202f\u3000\ufeff]")
_COLON: Final = re.compile(r"\s*[A-Za-z0-9_-]+\s*:")
_BARE_WORD: Final = re.compile(r"\s*([A-Za-z0-9_-]+)\s*=\s*([^\s\"'\[{#0-9+-][^\s#]*)")


def _is_utf_16(data: bytes) -> bool:
    """Tell whether a text in UTF-16 begins here: by its mark, or by a letter beside a zero."""
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data[:2]


def _remedy(error: tomli.TOMLDecodeError) -> str:
    """Propose a remedy for the usual mistakes in the line at which parsing ended."""
    lines = error.doc.split("\n")
    line = lines[min(error.lineno, len(lines)) - 1]
    if found := _LOOKALIKES.search(line):
        return f"; the quotes of TOML are \" and ', not {found[0]}"
    if found := _BLANKS.search(line):
        return f"; there is a blank that TOML does not know, U+{ord(found[0]):04X}: type it anew"
    if "\r" in line:
        return "; a line ends with LF or CR LF, never with CR alone"
    if _COLON.match(line):
        return "; TOML has = between key and value, not a colon"
    if found := _BARE_WORD.match(line):
        return f"; text stands in quotes: {found[1]} = {quoted(found[2])}"
    return ""


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
            yield read_one(path)


def read_one(path: Path) -> Source:
    """Read one file, and no other beside it."""
    try:
        with path.open("rb") as file:
            data = file.read(FILE_BYTES + 1)
    except OSError as error:
        instead = f": name a file in it, such as {path / 'com1d.toml'}"
        remedy = instead if error.errno == errno.EISDIR else ""
        return _refused(str(path), f"cannot be read: {error.strerror}{remedy}")
    except ValueError:  # NUL in the path
        return _refused(str(path), "is not a path")
    if len(data) > FILE_BYTES:
        return _refused(str(path), f"must be at most {FILE_BYTES} bytes long")
    return parse(data, str(path))


def _refused(file: str, expected: str) -> Source:
    return Source(file, problem=ConfigProblem(file, "", "", expected))

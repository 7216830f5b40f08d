"""Recovery of a log after the daemon, or the host, stopped in the middle of a write.

Only the end of the last segment can be torn by a crash: it is cut behind the last record that is
whole and whose bytes are what was written. Bytes that the disk lost elsewhere are found by their
checksums when they are read.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Final, NamedTuple

from com1d.bootlog.sealing import Keyring, LockedError
from com1d.bootlog.segment import Sizes
from com1d.core.store.layout import ASIDE, KINDS, UUID_FILE, console_of, file_name, parse_name
from com1d.core.store.marks import Mark, decode
from com1d.core.store.records import (
    HEADER_BYTES,
    DamagedError,
    Guard,
    Header,
    OtherVersionError,
    Record,
    Records,
)
from com1d.core.store.retention import Held
from com1d.telemetry import facts
from com1d.wire.uuids import uuid_of


UUID_BYTES: Final = 64
"""Read of the file that has a UUID: its 36 characters and a line feed, or something else."""


class Found(NamedTuple):
    """The last segment of a log, up to its last good record."""

    header: Header
    guard: Guard | None
    """None where the key is missing; `locked` says why."""
    locked: str
    sizes: Sizes
    end: int
    at: float
    sealed: bool
    cut: int
    """Bytes behind the last good record, of a write that a crash cut off."""
    marks: list[Mark]


@dataclass(slots=True)
class Loaded:
    """A whole log, as it was found."""

    end: int = 0
    """The offset where it goes on: behind everything that was ever stored."""
    last: Found | None = None
    kept: list[Held] = field(default_factory=list)
    """The segments before the last one."""
    chores: list[tuple[Path, Path | None]] = field(default_factory=list)
    """Files to rename (old, new) or delete (old, None): left by a crash, or not usable by this
    version."""
    told: list[facts.Fact] = field(default_factory=list)


class _Entry(NamedTuple):
    size: int
    at: float


def load(folder: Path, keyring: Keyring) -> Loaded:
    """Read a log's state from the disk without changing it. Raises `OSError`."""
    loaded = Loaded()
    found = _scan(folder)
    for base in sorted(found, reverse=True):
        entries = found[base]
        if _is_remains(entries):
            loaded.chores += [(folder / file_name(base, kind), None) for kind in entries]
        elif loaded.last and "idx" in entries:
            loaded.kept.insert(0, _held(base, entries))
        else:
            try:
                _take_up(loaded, inspect(folder, base, keyring), _held(base, entries))
            except OtherVersionError as error:
                return set_log_aside(folder, str(error))
            except (DamagedError, FileNotFoundError) as error:
                _set_segment_aside(loaded, folder, base, list(entries), str(error))
                loaded.end = max(loaded.end, base + entries["raw"].size)
    return loaded


def uuid(folder: Path) -> str:
    """Give the UUID of the VM that a log is of; empty where that is not noted. Raises `OSError`."""
    try:
        with _opened(folder / UUID_FILE) as fd:
            return uuid_of(os.read(fd, UUID_BYTES).decode(errors="replace"))
    except FileNotFoundError:
        return ""


def _scan(folder: Path) -> dict[int, dict[str, _Entry]]:
    """Give the files of all segments by base and kind."""
    found: dict[int, dict[str, _Entry]] = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            if name := parse_name(entry.name):
                stat = entry.stat(follow_symlinks=False)
                found.setdefault(name[0], {})[name[1]] = _Entry(stat.st_size, stat.st_mtime)
    return found


def _is_remains(entries: dict[str, _Entry]) -> bool:
    """Tell whether this is left of a segment whose deletion or creation was cut off by a crash."""
    if "raw" not in entries:
        return True
    return not entries["raw"].size and ("idx" not in entries or entries["idx"].size < HEADER_BYTES)


def _held(base: int, entries: dict[str, _Entry]) -> Held:
    sizes = Sizes(*(entries[kind].size if kind in entries else 0 for kind in KINDS))
    return Held(base, sizes.weight, entries["raw"].at)


def _take_up(loaded: Loaded, found: Found, held: Held) -> None:
    loaded.last = found
    loaded.end = max(loaded.end, found.end)
    if found.guard is None:
        loaded.kept.insert(0, held)


def set_log_aside(folder: Path, reason: str) -> Loaded:
    """Give the renames that move a whole log aside, and the fact about it."""
    number = 1
    while (target := folder.with_name(f"{folder.name}{ASIDE}{number}")).exists():
        number += 1
    told: list[facts.Fact] = [facts.LogSetAside(folder.name, str(target), reason)]
    return Loaded(chores=[(folder, target)], told=told)


def _set_segment_aside(
    loaded: Loaded, folder: Path, base: int, kinds: list[str], reason: str
) -> None:
    paths = [folder / file_name(base, kind) for kind in kinds]
    loaded.chores += [(path, path.with_name(path.name + ASIDE)) for path in paths]
    loaded.told.append(facts.LogSetAside(folder.name, str(paths[0]) + ASIDE, reason))


def inspect(folder: Path, base: int, keyring: Keyring) -> Found:
    """Look at the last segment. Raises `DamagedError`, `OtherVersionError`, `OSError`."""
    with (
        _opened(folder / file_name(base, "idx")) as idx,
        _opened(folder / file_name(base, "raw")) as raw,
    ):
        header = Header.decode(os.pread(idx, HEADER_BYTES, 0))
        if header.base != base:
            raise DamagedError(f"its header says {header.base}")
        guard, locked = _unlock(console_of(folder.name), header, keyring)
        records = Records(header, keyring.proof_bytes(header))
        idx_size, raw_size = os.fstat(idx).st_size, os.fstat(raw).st_size
        count = (idx_size - HEADER_BYTES) // records.size
        last = Record(base, header.created, 0, 0, b"")
        while count:
            found = records.unpack(_record(idx, count - 1, records.size))
            if found and _is_good(found, raw, raw_size, guard):
                last = found
                break
            count -= 1
    idx_good, raw_good = HEADER_BYTES + count * records.size, last.position + last.length
    marks, marks_good = _marks(folder / file_name(base, "marks"), guard, last.end)
    return Found(
        header=header,
        guard=guard,
        locked=locked,
        sizes=Sizes(raw_good, idx_good, marks_good),
        end=last.end,
        at=last.at,
        sealed=count > 0 and last.length == 0 and (idx_good, raw_good) == (idx_size, raw_size),
        cut=raw_size - raw_good,
        marks=marks,
    )


def _record(idx: int, number: int, size: int) -> bytes:
    return os.pread(idx, size, HEADER_BYTES + number * size)


def _is_good(record: Record, raw: int, raw_size: int, guard: Guard | None) -> bool:
    if record.position + record.length > raw_size:
        return False
    try:
        if guard is not None:
            stored = os.pread(raw, record.length, record.position)
            guard.reveal(stored, record.proof, record.place)
    except DamagedError:
        return False
    return True


def _unlock(console: str, header: Header, keyring: Keyring) -> tuple[Guard | None, str]:
    try:
        return keyring.guard(console, header), ""
    except LockedError as error:
        return None, str(error)


def _marks(path: Path, guard: Guard | None, end: int) -> tuple[list[Mark], int]:
    """Give the good marks and their bytes: up to the first one of a byte that was lost."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return [], 0
    if guard is None:
        return [], len(data)
    good = list(takewhile(lambda found: found[0].offset <= end, decode(data, guard)))
    return [mark for mark, _ in good], good[-1][1] if good else 0


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    try:
        yield fd
    finally:
        os.close(fd)

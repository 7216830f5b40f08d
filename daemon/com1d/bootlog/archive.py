"""All logs of the host, in the process that writes them."""

import fcntl
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from com1d.bootlog.files import FILE_MODE, Files
from com1d.bootlog.messages import Batch, LogState, Parted, few_boots
from com1d.bootlog.parting import put_away
from com1d.bootlog.sealing import Keyring, LockedError
from com1d.bootlog.shelf import Shelf
from com1d.core.store.known import Known
from com1d.core.store.layout import ASIDE
from com1d.core.store.retention import Holding, next_to_shrink
from com1d.errors import Com1Error, os_reason
from com1d.mistakes import reason_of
from com1d.telemetry import facts
from com1d.wire.uuids import earlier_log


OPEN_SHELVES: Final = 1024
"""Logs whose files stay open, two descriptors each. A host with more talking guests opens and
closes: 10 µs a write."""

LOCK: Final = ".lock"
LOCK_TRIES: Final = 100
LOCK_SECONDS: Final = 0.02
"""Seconds between two tries, which go on for 2 s: the process of a daemon that was just killed may
still be writing."""

UNCONFIGURED: Final = "unconfigured"
"""The file that marks the log of a console that is no longer configured; its mtime says since
when."""


class Archive:
    """The shelves, their common quota, and the directory that they are in."""

    def __init__(
        self,
        folder: Path,
        keyring: Keyring,
        files: Files,
        finished: Callable[[tuple[int, ...]], None],
    ) -> None:
        """Describe an archive; `load` looks at the disk. `finished` is as in `Shelf`."""
        self.folder = folder
        self.total = 0
        """Bytes that all logs together may take; 0 is no limit."""
        self.shelves: dict[str, Shelf] = {}
        self._keyring = keyring
        self._files = files
        self._finished = finished
        self._open: OrderedDict[Shelf, None] = OrderedDict()
        self._errors: dict[Shelf, str] = {}
        """Logs that could not be written in this round, and why."""
        self._told_known: dict[Shelf, Known] = {}
        self._shrunk_at = -1
        """Number of segments begun when the quota was last enforced."""
        self._lock = -1

    def load(self) -> list[facts.Fact]:
        """Find all logs; give the facts about them.

        Raises `Com1Error` where another daemon writes here. A disk that cannot be read or written
        is reported as a fact, not raised: consoles work without logs.
        """
        told: list[facts.Fact] = []
        try:
            self._files.make_directory(self.folder)
            self._take_lock()
            with os.scandir(self.folder) as entries:
                names = [entry.name for entry in entries if entry.is_dir(follow_symlinks=False)]
        except OSError as error:
            return [_failed("*", self.folder, error)]
        for name in sorted(names):
            if not name.startswith(".") and ASIDE not in name:
                told += self._load_shelf(name)
        return told

    def _load_shelf(self, name: str) -> list[facts.Fact]:
        try:
            return self.shelf(name).load()
        except OSError as error:
            return [_failed(name, self.folder / name, error)]

    def _take_lock(self) -> None:
        path = self.folder / LOCK
        self._lock = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_NOFOLLOW, FILE_MODE)
        for _ in range(LOCK_TRIES):
            with suppress(BlockingIOError):
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            time.sleep(LOCK_SECONDS)
        os.close(self._lock)
        self._lock = -1
        raise Com1Error(
            f"another com1d keeps its logs in {self.folder}: is com1d already running? If it "
            "shall be, give this one its own log_dir"
        )

    def shelf(self, name: str) -> Shelf:
        """Give a console's shelf. Touches no disk."""
        if name not in self.shelves:
            folder = self.folder / name
            self.shelves[name] = Shelf(folder, self._keyring, self._files, self._finished)
        return self.shelves[name]

    def states(self) -> dict[str, LogState]:
        """Give the state of each log."""
        return {name: self._state(shelf) for name, shelf in self.shelves.items()}

    def _state(self, shelf: Shelf) -> LogState:
        known = None if self._told_known.get(shelf) is shelf.known else shelf.known
        self._told_known[shelf] = shelf.known
        told, shelf.told = shelf.told, []
        return LogState(
            end=shelf.end,
            end_at=shelf.end_at,
            taken=shelf.taken,
            backlog=shelf.backlog_bytes,
            error=self._errors.pop(shelf, ""),
            oldest=shelf.oldest,
            oldest_at=shelf.oldest_at,
            weight=shelf.weight,
            known=known,
            told=told,
            uuid=shelf.uuid,
        )

    def put(self, name: str, batch: Batch) -> None:
        """Write a batch, unless the disk has refused an earlier one in this round."""
        shelf = self.shelf(name)
        shelf.put(batch)
        if shelf not in self._errors:
            self._write(shelf)

    def flush(self, names: Sequence[str]) -> list[LogState]:
        """End a round: try again what was not written before; give states as `few_boots` does."""
        shelves = [self.shelf(name) for name in names]
        for shelf in shelves:
            if shelf.has_backlog and shelf not in self._errors:
                self._write(shelf)
        if self.total and self._rotations() != self._shrunk_at:
            self._shrink()
        return few_boots(self._state(shelf) for shelf in shelves)

    def _write(self, shelf: Shelf) -> None:
        if error := _flush(shelf):
            self._errors[shelf] = error
        self._keep_open(shelf)

    def _rotations(self) -> int:
        return sum(shelf.rotations for shelf in self.shelves.values())

    def _keep_open(self, shelf: Shelf) -> None:
        self._open[shelf] = None
        self._open.move_to_end(shelf)
        if len(self._open) > OPEN_SHELVES:
            self._open.popitem(last=False)[0].rest()

    def _shrink(self) -> None:
        """Delete the oldest segments of all consoles until the host's quota is kept."""
        weight = sum(shelf.weight for shelf in self.shelves.values())
        while weight > self.total:
            name = next_to_shrink(map(_holding, self.shelves.values()))
            if name is None:
                break
            shelf = self.shelves[name]
            before = shelf.weight
            try:
                shelf.evict()
            except OSError:
                return  # the next round tries again
            weight += shelf.weight - before
        self._shrunk_at = self._rotations()

    def tidy(self, configured: Collection[str], seen: float, keep: float) -> None:
        """Delete the logs of consoles that have not been configured for `keep` seconds.

        `seen` is how long the daemon has run since it did this last. Only what it has seen counts,
        and no date does: a clock that is wrong for a minute would else delete what it must not.
        """
        for name, shelf in list(self.shelves.items()):
            note = shelf.folder / UNCONFIGURED
            with suppress(OSError):
                if name in configured:
                    self._files.remove(note)
                elif (absent := self._absent(note, seen)) > keep:
                    self._drop(shelf, note)
                elif note.parent.is_dir():
                    self._note(note, absent)

    def _absent(self, note: Path, seen: float) -> float:
        """Give how long a console was seen to be gone; it begins now where nothing is noted."""
        try:
            return float(note.read_text() or 0) + seen
        except FileNotFoundError:
            return 0.0
        except ValueError:  # cut short by a crash
            return seen

    def _note(self, note: Path, absent: float) -> None:
        fd = self._files.create(note)
        try:
            self._files.write(fd, f"{absent:.0f}".encode(), 0)
        finally:
            self._files.close(fd)

    def _drop(self, shelf: Shelf, note: Path) -> None:
        shelf.delete()
        self._files.remove(note)
        with suppress(OSError):  # not empty if something was moved aside into it
            shelf.folder.rmdir()
        self._close(shelf.name)

    def part(self, name: str, uuid: str) -> Parted:
        """Put a log away under its VM's UUID; go on with that of the VM with `uuid`, if it has one.

        A second try, after one that the disk has refused, begins where that has stopped.
        """
        shelf = self.shelf(name)
        aside, back = earlier_log(name, shelf.uuid), earlier_log(name, uuid) if uuid else ""
        error = _flush(shelf) if shelf.has_backlog else ""
        if error or not shelf.uuid:
            return Parted({}, error=error or f"whose the log of {name} is, is not known")
        for log in filter(None, (name, aside, back)):
            self._close(log)
        told: list[facts.Fact] = []
        try:
            folder = self.folder
            told += put_away(
                self._files, folder / name, folder / aside, folder / back if back else None
            )
        except OSError as refused:
            error = f"{refused.filename or name}: {refused.strerror or refused}"
        for log in (name, aside):
            self.shelf(log).limit = shelf.limit
            if (self.folder / log).is_dir():
                told += self._load_shelf(log)
        return Parted({log: self._state(self.shelf(log)) for log in (name, aside)}, told, error)

    def _close(self, name: str) -> None:
        """Forget a log whose folder gets another name."""
        shelf = self.shelves.pop(name, None)
        if shelf is not None:
            shelf.close()
            self._open.pop(shelf, None)
            self._told_known.pop(shelf, None)
            self._errors.pop(shelf, None)

    def rest(self, name: str) -> None:
        """Close the files of a console that is no longer served."""
        shelf = self.shelf(name)
        self._open.pop(shelf, None)
        shelf.close()

    def close(self) -> None:
        """Write what is left, as far as the disk takes it, and close all files."""
        for shelf in self.shelves.values():
            if shelf.has_backlog:
                _flush(shelf)
            shelf.close()
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def _flush(shelf: Shelf) -> str:
    """Let a shelf write; give the reason where it cannot."""
    try:
        shelf.flush()
    except OSError as error:
        return os_reason(error)
    except LockedError as error:
        return str(error)
    except Exception as error:  # noqa: BLE001 - a bug in one log must not stop all others
        return reason_of(error)
    return ""


def _holding(shelf: Shelf) -> Holding:
    held = shelf.next_to_go()
    weight, at = (held.weight, held.at) if held else (0, 0.0)
    return Holding(shelf.name, shelf.weight, weight, at)


def _failed(console: str, folder: Path, error: OSError) -> facts.Fact:
    path = str(error.filename or folder)
    return facts.LogFailed(console, 1, path, error.strerror or str(error))

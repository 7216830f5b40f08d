"""Logs of several VMs that have one name after the other: each is in a folder of its own."""

from pathlib import Path

from com1d.bootlog import recovery
from com1d.bootlog.files import Files
from com1d.telemetry import facts


def put_away(files: Files, log: Path, aside: Path, back: Path | None) -> list[facts.Fact]:
    """Rename the folder `log` to `aside`, and `back`, the log of the VM that is there now, to it.

    Raises `OSError`; then a second try goes on where this one has stopped.
    """
    told: list[facts.Fact] = []
    if log.is_dir():
        if aside.exists():  # it was copied there by hand
            other = recovery.set_log_aside(aside, "another log has its name")
            for old, new in other.chores:
                files.rename(old, new or old)
            told += other.told
        files.rename(log, aside)
    if back is not None and back.is_dir():
        files.rename(back, log)
    return told

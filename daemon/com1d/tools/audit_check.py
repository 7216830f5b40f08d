"""`com1d audit verify`: read the audit's files, and say what was changed in them."""

import errno
import json
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from os.path import samestat
from pathlib import Path
from typing import IO, Any, Final

from com1d.access.switchboard import NAME as SWITCHES
from com1d.audit.file import NAME, earlier, head_path
from com1d.config import load, secret
from com1d.core.access.audit import Finding, Head, Verifier, decode_head
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_NOPERM, EX_OK, ConfigError


LINE_BYTES: Final = 1 << 20
"""Read at once: no line of ours is that long, and what else lies there may have no line at all."""

TRIES: Final = 10
"""At opening all files between two changes of the daemon's, which are hours apart."""

MOMENT: Final = 0.1
"""Seconds between two looks at a head that is behind its lines: a slow disk syncs in one."""

FINDINGS_SHOWN: Final = 100
"""More say nothing new: the file is not an audit. Their number is given."""


def verify(path: Path, *, as_json: bool = False) -> int:
    """Verify the audit of the configuration at `path`, also while the daemon runs.

    Prints one line when all is well; else one for each finding, to stderr, or one JSON object to
    stdout. Gives the exit code: 0 whole, 1 not, 77 for other eyes, 78 wrong configuration.
    """
    try:
        config = load(path)
        key = secret.load(config, "audit_key", path) or b""
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return EX_CONFIG
    daemon = config.daemon
    try:
        verifier, findings = check(daemon.log_dir, daemon.state_dir, key)
    except OSError as error:
        sys.stderr.write(f"com1d: the audit cannot be read: {error}\n")
        return EX_NOPERM if isinstance(error, PermissionError) else EX_FAILURE
    if as_json:
        sys.stdout.write(json.dumps(_report(daemon.log_dir, verifier, findings), indent=2) + "\n")
    elif findings:
        sys.stderr.writelines(f"{finding}\n" for finding in findings[:FINDINGS_SHOWN])
        sys.stderr.write(f"{len(findings)} findings in {verifier.count} lines\n")
    else:
        sys.stdout.write(f"{daemon.log_dir / NAME}: {_summary(verifier)}\n")
    return EX_FAILURE if findings else EX_OK


def check(log_dir: Path, state_dir: Path, key: bytes = b"") -> tuple[Verifier, list[Finding]]:
    """Judge all files against the kept head. Raises `OSError`, but for files that do not exist."""
    for _ in range(TRIES):
        # The head before the files: they only grow, so what it counts is there when they are read.
        verifier = Verifier(_head(state_dir), str(log_dir / NAME), key)
        with ExitStack() as stack:
            files = _open_all(log_dir, stack)
            if files is not None:
                findings = list(_read(files, verifier))
                head = _head_behind(verifier, state_dir)
                findings += verifier.finish(head)
                if not verifier.count and not findings:
                    findings += _vanished(log_dir, state_dir)
                return verifier, findings
    raise OSError(errno.EAGAIN, "its files change faster than they can be opened", str(log_dir))


def _read(files: Sequence[IO[bytes]], verifier: Verifier) -> Iterator[Finding]:
    for file in files:
        lines = iter(partial(file.readline, LINE_BYTES), b"")
        for number, raw in enumerate(lines, start=1):
            yield from verifier.take(file.name, number, raw)


def _vanished(log_dir: Path, state_dir: Path) -> Iterator[Finding]:
    """Find that lines and head are missing where com1d has run: it writes a line at each start."""
    logs = (path for path in log_dir.iterdir() if path.is_dir()) if log_dir.is_dir() else iter(())
    switches = state_dir / SWITCHES
    if witness := next(logs, switches if switches.exists() else None):
        text = f"there is no audit and no head, and yet com1d has written {witness}"
        yield Finding(str(log_dir / NAME), 0, "missing", text)


def _head(state_dir: Path) -> Head | None:
    try:
        return decode_head(head_path(state_dir).read_bytes())
    except FileNotFoundError:
        return None


def _head_behind(verifier: Verifier, state_dir: Path) -> Head | None:
    """Read the head again, which follows within a moment where the daemon writes meanwhile."""
    for _ in range(TRIES):
        if not verifier.added(head := _head(state_dir)):
            break
        time.sleep(MOMENT)
    return head


def _open_all(log_dir: Path, stack: ExitStack) -> list[IO[bytes]] | None:
    """Open the files, oldest first; none where the daemon put one aside or deleted one meanwhile.

    It deletes only where it puts one aside, and then the newest is another.
    """
    newest = _open(log_dir / NAME, stack)
    files = [_open(path, stack) for path in earlier(log_dir)]
    again = _open(log_dir / NAME, stack)
    if newest is not None and again is not None:
        still = samestat(os.fstat(newest.fileno()), os.fstat(again.fileno()))
    else:
        still = newest is again
    opened = [file for file in files if file is not None]
    if not still or len(opened) < len(files):
        return None
    return opened if newest is None else [*opened, newest]


def _open(path: Path, stack: ExitStack) -> IO[bytes] | None:
    try:
        return stack.enter_context(path.open("rb"))
    except FileNotFoundError:
        return None


def _summary(verifier: Verifier) -> str:
    if not verifier.count:
        return "nothing is written yet"
    text = f"whole: {verifier.count} lines, numbers {verifier.first} to {verifier.last}"
    if verifier.unfinished:
        text += f", and {verifier.unfinished} bytes of a line that com1d had not finished"
    return text


def _report(log_dir: Path, verifier: Verifier, findings: list[Finding]) -> dict[str, Any]:
    return {
        "ok": not findings,
        "file": str(log_dir / NAME),
        "lines": verifier.count,
        "first": verifier.first,
        "last": verifier.last,
        "unfinished": verifier.unfinished,
        "findings": [asdict(finding) for finding in findings[:FINDINGS_SHOWN]],
        "found": len(findings),
    }

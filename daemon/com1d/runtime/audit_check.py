"""`com1d audit verify`: read the audit as it lies on the disk, and say what is wrong with it."""

import json
import os
import sys
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from os.path import samestat
from pathlib import Path
from typing import IO, Any, Final

from com1d.config import load
from com1d.core.audit import Finding, Head, Verifier, decode_head
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_NOPERM, EX_OK, ConfigError
from com1d.runtime.audit_file import NAME, earlier, head_path


LINE_BYTES: Final = 1 << 20
"""Read at once: no line of ours is that long, and what else lies there may have no line at all."""

FINDINGS_SHOWN: Final = 100
"""More say nothing new: the file is not an audit. Their number is given."""


def verify(path: Path, *, as_json: bool = False) -> int:
    """Verify the audit of the configuration at `path`, also while the daemon runs.

    Prints one line when all is well; else one for each finding, to stderr, or one JSON object to
    stdout. Gives the exit code: 0 whole, 1 not, 77 for other eyes, 78 wrong configuration.
    """
    try:
        daemon = load(path).daemon
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return EX_CONFIG
    try:
        verifier, findings = check(daemon.log_dir, daemon.state_dir)
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


def check(log_dir: Path, state_dir: Path) -> tuple[Verifier, list[Finding]]:
    """Judge all files against the kept head. Raises `OSError`, but for files that do not exist."""
    # The head before the files: they only grow, so what it counts is there when they are read.
    verifier = Verifier(_head(state_dir), str(log_dir / NAME))
    findings: list[Finding] = []
    for file in _files(log_dir):
        with file:
            lines = iter(partial(file.readline, LINE_BYTES), b"")
            for number, raw in enumerate(lines, start=1):
                findings += verifier.take(file.name, number, raw)
    return verifier, findings + verifier.finish()


def _head(state_dir: Path) -> Head | None:
    try:
        return decode_head(head_path(state_dir).read_bytes())
    except FileNotFoundError:
        return None


def _files(log_dir: Path) -> Iterator[IO[bytes]]:
    """Open the files, oldest first: the newest before the others are listed.

    It may be put aside in between, and is then among them under another name.
    """
    newest = _open(log_dir / NAME)
    ours = os.fstat(newest.fileno()) if newest else None
    for path in earlier(log_dir):
        if ours is None or not samestat(ours, path.stat()):
            yield path.open("rb")
    if newest is not None:
        yield newest


def _open(path: Path) -> IO[bytes] | None:
    try:
        return path.open("rb")
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

"""Reasons why a port is down, for people."""

import errno
import termios
from collections.abc import Mapping
from pathlib import Path

from com1d.errors import PortAbsent, PortDown


def explain(
    path: Path | str, error: OSError | termios.error, reasons: Mapping[int, str]
) -> PortDown:
    """Say what is wrong with `path`, in the words of `reasons` for the errno, or the system's."""
    code, text = error.args[0], str(error.args[-1])
    kind = PortAbsent if code == errno.ENOENT else PortDown
    return kind(f"{path} {reasons.get(code, text)}")

"""What an examination finds, and what each is given."""

from collections.abc import Callable, Iterator
from dataclasses import field
from pathlib import Path
from typing import TypeAlias

from com1d.config import Config
from com1d.tools.doctor.machines import Machine
from com1d.tools.doctor.running import Running
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be."""

    about: str
    """The console, VM, setting or path."""
    what: str
    """What is wrong, and what comes of it."""
    remedy: str
    """The command or the line that puts it right."""


class NotLookedError(Exception):
    """An examination was not possible here; the message says why."""


@dataclass(frozen=True, slots=True)
class Host:
    """What the examinations look at."""

    config: Config
    path: Path
    """The file of the configuration."""
    running: Running | None
    """The daemon that serves it; None where there is none."""
    machines: tuple[Machine, ...] = ()
    """The QEMU processes of the host."""
    proc: Path = field(default=Path("/proc"))


Examination: TypeAlias = Callable[[Host], Iterator[Finding]]
"""Looks at one thing. Raises `NotLookedError` where that is not possible."""

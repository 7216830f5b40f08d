"""The output of a one-shot command: that it was done, or the daemon's answer as JSON."""

import contextlib
import json
import os
import sys
import textwrap
from argparse import Namespace
from collections.abc import Iterator
from typing import Any

from com1d.frontends.words.visible import visible


def say(options: Namespace, answer: Any, done: str) -> None:
    """Report what was done: in words, or the daemon's answer as JSON."""
    if options.json:
        print_json(answer)
    else:
        print(visible(done))


def complain(text: str) -> None:
    """Tell on stderr what went wrong; at a terminal in lines that end between words."""
    if sys.stderr.isatty():
        width = max(20, os.get_terminal_size(sys.stderr.fileno()).columns - 1)
        text = textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)
    print(text, file=sys.stderr)


def print_json(answer: Any) -> None:
    """Print an answer for a program."""
    print(json.dumps(answer, indent=2))


def counted(sessions: Any) -> str:
    """Say how many sessions."""
    return f"{sessions or 0} session{'' if sessions == 1 else 's'}"


@contextlib.contextmanager
def waiting(text: str) -> Iterator[None]:
    """Show at a terminal that it goes on, and for how long it has."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console  # noqa: PLC0415 -- slow to import, and seldom needed
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn  # noqa: PLC0415

    said = TextColumn("{task.description}", markup=False)
    columns = SpinnerColumn(), said, TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(visible(text), total=None)
        yield

"""What a log may say of an exception.

Its text can hold what a guest or a user has said: a value that could not be read, a key that was
not found. So a log names its kind and its place; only of errors that are our own, and of the
system's, the text is known to hold nothing else.
"""

import traceback
from pathlib import Path
from typing import Final

from com1d.errors import Com1Error, os_reason


FRAMES: Final = 8
"""Innermost calls that a mistake is told with."""


def places_of(error: BaseException | None) -> tuple[str, ...]:
    """Give where it came from: files, lines and functions, the innermost last."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:] if error is not None else ()
    return tuple(f"{Path(one.filename).name}:{one.lineno} {one.name}" for one in frames)


def reason_of(error: BaseException) -> str:
    """Give an error in words without those of guests and users."""
    if isinstance(error, Com1Error):
        return str(error)
    if isinstance(error, OSError):
        return os_reason(error)
    return " at ".join((type(error).__name__, *places_of(error)[-1:]))

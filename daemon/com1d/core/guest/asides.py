"""Asides: what kernel, systemd and cloud-init print into a prompt, and the prompt without it.

They write to the console at any time, also behind a question or into its middle. The guest still
waits for the answer.
"""

import re
from typing import Final

from com1d.core.carried import carried


_STAMP: Final = r"(?:<\d{1,3}>)?\[ {0,4}\d{1,10}\.\d{3,7}\](?:\[ {0,5}[TC]\d{1,10}\])? "

_SAID: Final = re.compile(
    rf"{_STAMP}[^\n]{{0,400}}\n"
    r"|\[(?:  OK  |FAILED|DEPEND| TIME | WARN | INFO |SKIPPED)\][^\n]{0,400}\n"
    r"|\n? {9}(?:Starting|Stopping|Mounting|Unmounting|Activating|Expecting|Setting up) [^\n]{0,300}\n"
    r"|\n?\[[ *]{6}\] [^\n]{0,300}(?:\n|\Z)"
    r"|(?:\[[^\]\n]{1,30}\] )?(?:cloud-init\[\d{1,7}\]: )?Cloud-init v\. [^\n]{0,300}? seconds\.?(?: |\n)?"
    r"|cloud-init\[\d{1,7}\]: [^\n]{0,300}\n|ci-info: [^\n]{0,300}\n"
    # what syslogd and BSD's kernels write to the console, and messages to all users
    r"|[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\w.-]{1,64} [\w./-]{1,64}(?:\[\d{1,7}\])?: [^\n]{0,400}\n"
    r"|[a-z]{2,12}\d{1,3}: link state changed to [^\n]{1,40}\n"
    r"|\n?Message from syslogd@[^\n]{1,120}\n {0,4}[^\n]{0,400}\n"
    r"|\n?Broadcast message from [^\n]{1,120}\n\n?[^\n]{0,400}\n"
    r"|audit: type=[^\n]{0,400}\n|random: crng [^\n]{0,80}\n"
)

_SIGNS: Final = (
    "[",
    " " * 9,
    "Cloud-init v.",
    "ci-info: ",
    "audit: type=",
    "random: crng ",
    " kernel: ",
    "]: ",
    ": link state changed to ",
    "essage from ",
)
"""Each aside has one of these in it. To look for them takes a thirtieth of the pattern's time."""

KEPT: Final = 2048
"""Characters of the output's end that are kept: a question is shorter."""

FULL: Final = 16384
"""Characters that are collected before asides are removed."""


@carried()
class Tail:
    """The end of the output without the asides in it."""

    __slots__ = ("_cleaned", "_text")

    def __init__(self) -> None:
        self._text = "\n"
        self._cleaned = False
        """Whether something was taken out of it already."""

    def add(self, fresh: str) -> None:
        """Append printed text."""
        self._text += fresh
        if len(self._text) > FULL:
            whole = self._text.rfind("\n") + 1  # a line that goes on may become an aside
            clean, cleaned = _end(self._text[:whole])
            self._cleaned = self._cleaned or cleaned
            self._text = clean + self._text[whole:][-FULL:]

    def begin(self, fresh: str) -> None:
        """Forget the text so far: a question in it does not wait any more."""
        self._text = fresh
        self._cleaned = False

    def text(self) -> str | None:
        """Give the text if an aside was removed from it, else None."""
        clean, cleaned = _end(self._text)
        return f"\n{clean}"[-KEPT:] if cleaned or self._cleaned else None


def _end(text: str) -> tuple[str, bool]:
    """Give the end of `text` without asides, and whether there were any.

    No more is read than is kept.
    """
    size = 2 * KEPT
    while True:
        start = max(0, text.rfind("\n", 0, max(0, len(text) - size)))
        clean = without_asides(text[start:])
        if start == 0 or len(clean) >= KEPT:
            return clean[-KEPT:], len(clean) != len(text) - start
        size *= 2


def without_asides(text: str) -> str:
    """Remove the lines of kernel, systemd and cloud-init."""
    if not any(sign in text for sign in _SIGNS):
        return text
    return _SAID.sub("", text)

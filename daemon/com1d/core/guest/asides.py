"""What a guest prints into a prompt without being asked, and the prompt without it.

The kernel, systemd and cloud-init write to the console whenever they have something to say, also
behind a question or into its middle. The question waits all the same.
"""

import re
from typing import Final


_STAMP: Final = r"\[ {0,4}\d{1,10}\.\d{3,7}\](?:\[ {0,5}[TC]\d{1,10}\])? "

_SAID: Final = re.compile(
    rf"{_STAMP}[^\n]{{0,400}}\n"
    r"|\[(?:  OK  |FAILED|DEPEND| TIME | WARN | INFO |SKIPPED)\][^\n]{0,400}\n"
    r"|\n? {9}(?:Starting|Stopping|Mounting|Unmounting|Activating|Expecting|Setting up) [^\n]{0,300}\n"
    r"|\n?\[[ *]{6}\] [^\n]{0,300}(?:\n|\Z)"
    r"|(?:\[[^\]\n]{1,30}\] )?(?:cloud-init\[\d{1,7}\]: )?Cloud-init v\. [^\n]{0,300}? seconds\.?(?: |\n)?"
    r"|cloud-init\[\d{1,7}\]: [^\n]{0,300}\n|ci-info: [^\n]{0,300}\n"
    r"|audit: type=[^\n]{0,400}\n|random: crng [^\n]{0,80}\n"
)

KEPT: Final = 2048
"""Characters of what was printed by others that are kept: a question is shorter."""

FULL: Final = 16384


class Tail:
    """The end of the output, without what was printed into it unasked."""

    __slots__ = ("_text",)

    def __init__(self) -> None:
        self._text = "\n"

    def add(self, fresh: str) -> None:
        """Take what was printed."""
        self._text += fresh
        if len(self._text) > FULL:
            self._text = without_asides(self._text)[-KEPT:]

    def begin(self, fresh: str) -> None:
        """Forget what was before: it does not wait any more."""
        self._text = fresh

    def text(self) -> str | None:
        """Give it where something was taken out, else None."""
        clean = without_asides(self._text)
        return f"\n{clean}"[-KEPT:] if len(clean) != len(self._text) else None


def without_asides(text: str) -> str:
    """Take out what the kernel, systemd and cloud-init printed."""
    return _SAID.sub("", text)

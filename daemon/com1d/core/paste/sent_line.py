"""The line being sent: what the guest has shown of it, and what it should show next."""

from typing import Final

from com1d.core.carried import carried


FOREIGN: Final = 8
"""Characters of other text that must come before an echo found within it: fewer could be an error
in the echo itself."""

RECOGNISABLE: Final = 4
"""Characters that an echo must have to be found within other text, or any word would do."""

KEPT: Final = 4096
"""Characters of other text that are kept to look for the echo in: some two screens."""


@carried()
class SentLine:
    """The line being sent, shared by both states of an echo."""

    __slots__ = ("begun", "expected", "masked", "noise", "prompt", "text")

    def __init__(self) -> None:
        self.text = ""
        """The verified text as the guest shows it, perhaps as stars."""
        self.prompt = ""
        """The prompt before it, where known."""
        self.expected = ""
        """The text sent behind it: a part of a line, or CR alone."""
        self.begun = 0
        """Characters of what is expected that are perhaps shown, at the head of other text."""
        self.masked = False
        """Whether the guest shows stars: what is typed is a secret."""
        self.noise = 0
        """Characters of other text since something was last verified."""

    @property
    def shown(self) -> str:
        """What is expected, as the guest would show it."""
        return "*" * len(self.expected) if self.masked else self.expected

    def verify(self, count: int, shown: str) -> None:
        """Take `count` of the expected characters as echoed, in the form `shown`."""
        self.text += shown
        self.expected = self.expected[count:]
        self.begun = 0
        if count:
            self.noise = 0

    def enter(self) -> None:
        """Take Enter as echoed: a new line begins, whose prompt is not known."""
        self.verify(1, "")
        self.text = self.prompt = ""
        self.masked = False

    def repeated_by(self, run: str) -> bool:
        """Tell whether a run begins with the line as it is known, prompt and all."""
        prompt = self.prompt
        return bool(prompt) and run.startswith(prompt) and run.startswith(self.text, len(prompt))

    def dig(self, text: str) -> str:
        """Look for the whole expected text within other text; give what comes after it."""
        shown = self.shown
        if len(shown) < RECOGNISABLE or (at := text.find(shown, FOREIGN)) < 0:
            return text
        self.verify(len(shown), shown)
        return text[at + len(shown) :]

    def keep(self, text: str) -> str:
        """Give the last `KEPT` characters of other text, and count what goes as noise."""
        gone = max(0, len(text) - KEPT)
        self.noise += gone
        return text[gone:]

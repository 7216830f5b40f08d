"""The menu behind Ctrl-]: turns keys into wishes, without drawing or doing anything.

NMI and reset may cost the guest its data, so they want a capital Y.
"""

from enum import Enum, auto
from typing import Final

from com1d.frontends.session.attachment import ACTIVE, OBSERVE
from com1d.frontends.terminal.encodings import MENU_KEY, plain
from com1d.frontends.terminal.entries import labels, lines, offered
from com1d.frontends.terminal.escape import Answer, Key, MenuKey, Paste, Token
from com1d.frontends.terminal.questions import QUESTIONS, Answering
from com1d.frontends.terminal.standing import Standing
from com1d.frontends.terminal.wishes import (
    Do,
    Grant,
    Hide,
    Hint,
    Info,
    Look,
    Note,
    Quit,
    Refresh,
    Sac,
    SendPaste,
    Show,
    ShowLines,
    Stamp,
    Suspend,
    Switch,
    TellSize,
    Type,
    Who,
    Wish,
)


_WARNINGS: Final = {
    "n": (
        "An NMI is meant to crash the VM, for debugging.",
        "Send it? Y to confirm, any other key to go back:",
    ),
    "r": (
        "A reset is like cutting the power: unsaved data is lost.",
        "Reset the VM? Y to confirm, any other key to go back:",
    ),
    "e": (
        "The guest is asked to shut down, and started again when it has.",
        "Restart the VM? Y to confirm, any other key to go back:",
    ),
}
_ACTIONS: Final = {"n": "nmi", "r": "reset", "e": "restart"}

_SAC: Final = {b"c": "channels", b"o": "cmd", b"n": "next"}
_SAC_ENTRIES: Final = ("SAC:", "c list channels", "o open CMD", "n next channel")

_AT_ONCE: Final[dict[str, Wish]] = {
    "a": Switch(ACTIVE), "x": Switch(ACTIVE, ask=True), "o": Switch(OBSERVE), "b": Do("break"),
    "d": Stamp(), "g": Grant(), "h": Hint(), "q": Quit(), "t": TellSize(), "v": Look(),
    "z": Suspend(),
}  # fmt: skip
"""Entries that close the menu and do one thing."""

_PASTE_ASKS: Final = "Enter pastes them, a pastes and asks no more, any other key goes back:"


class _State(Enum):
    CLOSED = auto()
    OPEN = auto()
    CONFIRM = auto()
    ANSWERING = auto()
    SAC = auto()
    SHOWN = auto()
    """Something is shown that the next key hides."""
    PASTING = auto()


class Menu:
    """The menu's state. The owner keeps `now` up to date."""

    def __init__(self, mode: str) -> None:
        self.now = Standing(mode)
        """What is known of the console."""
        self.asks_before_pastes = True
        """Whether a paste of several lines is asked about."""
        self._state = _State.CLOSED
        self._labels: tuple[str, ...] = ()
        self._action = ""
        self._answering: Answering | None = None
        self._paste: Paste | None = None

    @property
    def closed(self) -> bool:
        """Whether the menu is closed, so that keys go to the guest."""
        return self._state is _State.CLOSED

    @property
    def awaits(self) -> bool:
        """Whether the answer to `Info` or `Who` is still wanted."""
        return self._state is _State.SHOWN

    def refreshed(self) -> list[Wish]:
        """Give what to draw now that `now` has changed."""
        changed = self._state is _State.OPEN and self._labels != labels(self.now)
        return [self._show_labels()] if changed else []

    def _show_labels(self) -> Show:
        self._labels = labels(self.now)
        return Show(self._labels)

    def handle(self, token: Token) -> list[Wish]:
        """Take one token of the keyboard."""
        match token:
            case Answer(data):  # the terminal said it, not the user
                return [Type(data)]
            case Paste() if self.closed:
                return self._pasted(token)
            case Paste(data) if self._answering is not None:
                self._answering.take(data)
                return [Show(self._answering.shown)]
            case Paste(_, size):
                return [
                    *self._close(),
                    Note(f"a paste of {size} bytes was discarded: the menu was open"),
                ]
            case MenuKey():
                return self._menu_key()
            case Key(data):
                return self._key(data)

    def _menu_key(self) -> list[Wish]:
        if self.closed:
            self._state = _State.OPEN
            return [self._show_labels(), Refresh()]
        sends = self._state is _State.OPEN and self.now.types
        return [*self._close(), *([Type(MENU_KEY)] if sends else [])]

    def _pasted(self, paste: Paste) -> list[Wish]:
        """Send a paste; ask before one of several lines, each of which the guest would run."""
        count = len(paste.data.splitlines())
        if count <= 1 or not self.now.types or not self.asks_before_pastes:
            return [SendPaste(paste.data, paste.size)]
        self._state, self._paste = _State.PASTING, paste
        return [Show((f"A paste of {count} lines: the guest acts on each.", _PASTE_ASKS))]

    def _key(self, data: bytes) -> list[Wish]:
        if self.closed:
            return [Type(data)]
        key = plain(data)
        return self._choice(key) if key else []

    def _choice(self, key: bytes) -> list[Wish]:
        match self._state:
            case _State.OPEN:
                return self._choose(key)
            case _State.CONFIRM:
                action = _ACTIONS[self._action]
                said: Wish = Do(action) if key == b"Y" else Note(f"{action} not sent")
                return [*self._close(), said]
            case _State.ANSWERING:
                return self._answer(key)
            case _State.SAC:
                do = _SAC.get(key.lower())
                return [*self._close(), *([Sac(do)] if do else _unknown(key))]
            case _State.PASTING:
                return self._decide(key)
        return self._close()  # any key hides what is shown

    def _choose(self, key: bytes) -> list[Wish]:
        name = key.decode(errors="replace").lower()
        if name not in offered(self.now) or len(name) > 1:
            return [*self._close(), *_unknown(key)]
        if name in _WARNINGS:
            self._state, self._action = _State.CONFIRM, name
            return [Show(_WARNINGS[name])]
        if name in QUESTIONS:
            self._state, self._answering = _State.ANSWERING, Answering(QUESTIONS[name])
            return [Show(self._answering.shown)]
        if name == "c":
            self._state = _State.SAC
            return [Show(_SAC_ENTRIES)]
        if name in "?iw":
            self._state = _State.SHOWN
            shown: dict[str, Wish] = {"?": ShowLines(lines(self.now)), "i": Info(), "w": Who()}
            return [shown[name]]
        return [*self._close(), _AT_ONCE[name]]

    def _answer(self, key: bytes) -> list[Wish]:
        answering = self._answering
        if answering is None:
            return self._close()
        match answering.key(key):
            case True:
                return [Show(answering.shown)]
            case False:
                return [*self._close(), Note(answering.question.what)]
            case wish:
                return [*self._close(), wish]

    def _decide(self, key: bytes) -> list[Wish]:
        paste = self._paste
        if paste is None or key not in (b"\r", b"\n", b"a", b"A"):
            return [*self._close(), Note("nothing pasted")]
        self.asks_before_pastes = key in (b"\r", b"\n")
        return [*self._close(), SendPaste(paste.data, paste.size)]

    def _close(self) -> list[Wish]:
        self._state, self._answering, self._paste = _State.CLOSED, None, None
        return [Hide()]


def _unknown(key: bytes) -> list[Wish]:
    """Say that an entry is not there, or not now; Esc only closes, as everywhere."""
    if key == b"\x1b":
        return []
    name = key.decode() if key.isalnum() else "such key"
    return [Note(f"the menu has no {name} here; Ctrl-] ? shows what it has")]

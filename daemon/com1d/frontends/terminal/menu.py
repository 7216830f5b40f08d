"""The menu behind Ctrl-]: turns keys into commands, without drawing or doing anything.

The keys are those of `az serial-console`: n NMI, r reset, s SysRq, q quit, Ctrl-] again for the
guest. NMI and reset may cost the guest its data, so they want a capital Y.
"""

from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, TypeAlias

from com1d.frontends.session.attachment import ACTIVE, OBSERVE
from com1d.frontends.terminal.escape import MENU_KEY, Answer, Key, MenuKey, Paste, Token, plain


SYSRQ_MAX: Final = 16
"""Keys in one SysRq sequence. REISUB, the longest in common use, has six."""


@dataclass(frozen=True, slots=True)
class Type:
    """Send these bytes to the guest."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SendPaste:
    """Send this paste to the guest, as a paste."""

    data: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Do:
    """Ask the daemon for `nmi` or `reset`."""

    action: str


@dataclass(frozen=True, slots=True)
class SysRq:
    """Ask the daemon for these SysRq keys."""

    keys: str


@dataclass(frozen=True, slots=True)
class Sac:
    """Ask the daemon for `channels`, `cmd` or `next` of a Windows guest's SAC."""

    do: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Attach anew, in this mode."""

    mode: str


@dataclass(frozen=True, slots=True)
class Grant:
    """Grant the seat to the user who asked for it."""


@dataclass(frozen=True, slots=True)
class Show:
    """Draw these parts below the cursor."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hide:
    """Erase what was drawn."""


@dataclass(frozen=True, slots=True)
class Info:
    """Ask for the sessions and the stream's offset, and show them; the next key hides them."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Ask for the hint on the guest's state, and tell the user."""


@dataclass(frozen=True, slots=True)
class TellSize:
    """Tell the guest's shell how large the terminal is."""


@dataclass(frozen=True, slots=True)
class Note:
    """Tell the user one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""


Wish: TypeAlias = (
    Type | SendPaste | Do | SysRq | Sac | Switch | Grant | Show | Hide | Info | Hint | TellSize
    | Note | Quit
)  # fmt: skip

_WARNINGS: Final = {
    "nmi": (
        "An NMI is meant to crash the VM, for debugging.",
        "Send it? Y to confirm, any other key to go back:",
    ),
    "reset": (
        "A reset is like cutting the power: unsaved data is lost.",
        "Reset the VM? Y to confirm, any other key to go back:",
    ),
}
_SAC: Final = {b"c": "channels", b"o": "cmd", b"n": "next"}
_SAC_ENTRIES: Final = ("SAC:", "c list channels", "o open CMD", "n next channel")
_ENTER: Final = (b"\r", b"\n")
_ERASE: Final = (b"\x7f", b"\b")


def _unknown(key: bytes) -> list[Wish]:
    """Say that an entry is not there, or not now; Esc only closes, as everywhere."""
    if key == b"\x1b":
        return []
    name = key.decode() if key.isalnum() else "such key"
    return [Note(f"the menu has no {name} here; Ctrl-] shows what it has")]


class _State(Enum):
    CLOSED = auto()
    OPEN = auto()
    CONFIRM = auto()
    SYSRQ = auto()
    SAC = auto()
    INFO = auto()


class Menu:
    """The menu's state. The owner keeps its attributes up to date."""

    def __init__(self, mode: str) -> None:
        self.mode = mode
        self.windows = False
        """Whether the guest is known to be Windows, and has a SAC."""
        self.at_shell = False
        """Whether the guest is at a Linux shell, which takes the terminal's size."""
        self.asked_by = ""
        """Who asks for the active session, safe to print; empty when nobody does."""
        self._state = _State.CLOSED
        self._action = ""
        self._keys = ""

    @property
    def closed(self) -> bool:
        """Whether the menu is closed, so that keys go to the guest."""
        return self._state is _State.CLOSED

    @property
    def awaits_info(self) -> bool:
        """Whether the answer to `Info` is still wanted."""
        return self._state is _State.INFO

    def handle(self, token: Token) -> list[Wish]:
        """Take one token of the keyboard."""
        match token:
            case Answer(data):  # the terminal said it, not the user
                return [Type(data)]
            case Paste(data, size) if self.closed:
                return [SendPaste(data, size)]
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
            return [Show(self._entries())]
        sends = [Type(MENU_KEY)] if self._state is _State.OPEN else []
        return [*self._close(), *sends]

    def _entries(self) -> tuple[str, ...]:
        switch = "a take over" if self.mode == OBSERVE else "o observe only"
        sac = ("c SAC",) if self.windows else ()
        size = ("t terminal size",) if self._takes_size else ()
        hand_over = (f"g hand over to {self.asked_by}",) if self.asked_by else ()
        return (
            *hand_over, "n NMI", "r reset", "s SysRq", *sac, switch, *size,
            "h hint", "i info", "q quit", "Ctrl-] send it",
        )  # fmt: skip

    @property
    def _takes_size(self) -> bool:
        return self.at_shell and self.mode != OBSERVE

    def _key(self, data: bytes) -> list[Wish]:
        if self.closed:
            return [Type(data)]
        key = plain(data)
        return self._choice(key) if key else []

    def _choice(self, key: bytes) -> list[Wish]:
        match self._state:
            case _State.OPEN:
                return self._choose(key.lower())
            case _State.CONFIRM:
                confirmed = key == b"Y"
                said: Wish = Do(self._action) if confirmed else Note(f"{self._action} not sent")
                return [*self._close(), said]
            case _State.SYSRQ:
                return self._sysrq(key)
            case _State.SAC:
                do = _SAC.get(key.lower())
                return [*self._close(), *([Sac(do)] if do else _unknown(key))]
        return self._close()  # any key hides the information

    def _choose(self, key: bytes) -> list[Wish]:
        match key:
            case b"n" | b"r":
                self._state, self._action = _State.CONFIRM, "nmi" if key == b"n" else "reset"
                return [Show(_WARNINGS[self._action])]
            case b"s":
                self._state, self._keys = _State.SYSRQ, ""
                return [self._prompt()]
            case b"c" if self.windows:
                self._state = _State.SAC
                return [Show(_SAC_ENTRIES)]
            case b"i":
                self._state = _State.INFO
                return [Info()]
        return [*self._close(), *self._last(key)]

    def _last(self, key: bytes) -> list[Wish]:
        """Give what an entry does that closes the menu."""
        wishes: dict[bytes, Wish] = {b"q": Quit(), b"g": Grant(), b"h": Hint()}
        if self.mode == OBSERVE:
            wishes[b"a"] = Switch(ACTIVE)
        else:
            wishes[b"o"] = Switch(OBSERVE)
        if self._takes_size:
            wishes[b"t"] = TellSize()
        return [wishes[key]] if key in wishes else _unknown(key)

    def _sysrq(self, key: bytes) -> list[Wish]:
        if key in _ENTER and self._keys:
            return [*self._close(), SysRq(self._keys)]
        if key in _ERASE:
            self._keys = self._keys[:-1]
        elif len(key) == 1 and key.isalnum():
            self._keys = (self._keys + key.decode())[:SYSRQ_MAX]
        else:
            return [*self._close(), Note("SysRq not sent")]
        return [self._prompt()]

    def _prompt(self) -> Show:
        return Show(("SysRq keys, then Enter (h is help, Esc goes back):", self._keys + "_"))

    def _close(self) -> list[Wish]:
        self._state = _State.CLOSED
        return [Hide()]

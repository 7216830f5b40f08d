"""What a user wishes, as values: `Menu` makes them from keys, and `User` carries them out."""

from typing import TypeAlias

from com1d.values import dataclass


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
class PasteFile:
    """Paste the text in this file, in parts if it is long."""

    path: str


@dataclass(frozen=True, slots=True)
class Do:
    """Ask the daemon for `nmi`, `reset`, `restart` or `break`."""

    action: str


@dataclass(frozen=True, slots=True)
class SysRq:
    """Ask the daemon for these SysRq keys."""

    keys: str


@dataclass(frozen=True, slots=True)
class PressKeys:
    """Ask the daemon to press keys by name: `F8`, or `Ctrl-Alt-Delete` on the keyboard."""

    names: str


@dataclass(frozen=True, slots=True)
class Say:
    """Tell this to all who are on the console."""

    text: str


@dataclass(frozen=True, slots=True)
class WriteNote:
    """Write this into the log."""

    text: str


@dataclass(frozen=True, slots=True)
class Sac:
    """Ask the daemon for `channels`, `cmd` or `next` of a Windows guest's SAC."""

    do: str


@dataclass(frozen=True, slots=True)
class Switch:
    """Attach anew, in this mode; with `ask`, by asking whoever has the console for it."""

    mode: str
    ask: bool = False


@dataclass(frozen=True, slots=True)
class Grant:
    """Hand the console over to the user who asked for it."""


@dataclass(frozen=True, slots=True)
class Show:
    """Draw these parts below the cursor."""

    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShowLines:
    """Draw these below the cursor, a line each."""

    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hide:
    """Erase what was drawn."""


@dataclass(frozen=True, slots=True)
class Refresh:
    """Ask what the console can do now; the menu that is open is drawn again if it has changed."""


@dataclass(frozen=True, slots=True)
class Info:
    """Ask for the sessions and the stream's offset, and show them; the next key hides them."""


@dataclass(frozen=True, slots=True)
class Who:
    """Ask who is on, and show it; the next key hides it."""


@dataclass(frozen=True, slots=True)
class Hint:
    """Ask for the hint on the guest's state, and tell the user."""


@dataclass(frozen=True, slots=True)
class Look:
    """Show what was printed before; with a text, from its last occurrence."""

    text: str = ""


@dataclass(frozen=True, slots=True)
class Stamp:
    """Switch the times before each new line on or off."""


@dataclass(frozen=True, slots=True)
class TellSize:
    """Tell the guest's shell how large the terminal is."""


@dataclass(frozen=True, slots=True)
class Note:
    """Tell the user one line."""

    text: str


@dataclass(frozen=True, slots=True)
class Suspend:
    """Stop this process, as Ctrl-Z does elsewhere, and go on when the shell says so."""


@dataclass(frozen=True, slots=True)
class Quit:
    """Leave."""


Wish: TypeAlias = (
    Type | SendPaste | PasteFile | Do | SysRq | PressKeys | Say | WriteNote | Sac | Switch | Grant
    | Show | ShowLines | Hide | Refresh | Info | Who | Hint | Look | Stamp | TellSize | Note
    | Suspend | Quit
)  # fmt: skip

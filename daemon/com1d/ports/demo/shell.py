"""A Command Prompt channel: `sacsess.exe` asks who it is, then `cmd.exe` takes lines.

Unlike `SAC>` it wants CR for Enter: LF alone does nothing, as on a real one, and so com1d must
never send it. Escape sequences of a terminal and of VT-UTF8 are swallowed whole.
"""

from enum import Enum, auto
from typing import Final

from com1d.ports.demo import commands
from com1d.ports.demo.codes import BS, CR, DEL, ESC, ETX, SPACE
from com1d.ports.demo.commands import Call
from com1d.ports.demo.machine import NAME, Machine
from com1d.ports.demo.texts import crlf


PROMPT: Final = f"{commands.DIRECTORY}>"
CREDENTIALS: Final = "Please enter login credentials.\n"
REFUSED: Final = "The user name or password is incorrect.\n\n"

LINE_MAX: Final = 8191
"""Characters in a command line, the documented limit of `cmd.exe`. More are neither taken nor
echoed."""

CREDENTIAL_MAX: Final = 256
"""Characters in a user name, a domain or a password: the longest that Windows allows."""


class _Asks(Enum):
    USER = "Username: "
    DOMAIN = "Domain  : "
    PASSWORD = "Password: "  # noqa: S105 - the label of a field, no password
    COMMAND = PROMPT


class _Sequence(Enum):
    """Where in an escape sequence the input is."""

    NONE = auto()
    ESCAPE = auto()
    PARAMETERS = auto()


class Shell:
    """Who sits at one Command Prompt channel, and what has been typed there.

    Any user with any password that is not empty is let in: this is a demonstration.
    """

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._asks = _Asks.USER
        self._answers: dict[_Asks, str] = {}
        self._typed: list[str] = []
        self._sequence = _Sequence.NONE
        self.ended = False
        """Set by `exit`: the channel is to be closed."""

    def greet(self) -> str:
        """Give what the channel shows first."""
        return crlf(CREDENTIALS) + self._asks.value

    def feed(self, byte: int, now: float) -> str:
        """Take a typed byte; give what it prints."""
        if self._in_sequence(byte):
            return ""
        if byte == CR:
            line = "".join(self._typed)
            self._typed.clear()
            return crlf("\n" + self._answer(line, now))
        if byte == ETX and self._asks is _Asks.COMMAND:
            self._typed.clear()
            return crlf(f"^C\n{PROMPT}")
        return self._edit(byte)

    def _in_sequence(self, byte: int) -> bool:
        """Say whether the byte belongs to an escape sequence. CR ends one that never ended."""
        at, self._sequence = self._sequence, _Sequence.NONE
        if byte == ESC:
            self._sequence = _Sequence.ESCAPE
            return True
        if at is _Sequence.NONE or byte == CR:
            return False
        if at is _Sequence.ESCAPE:
            if byte in b"[O":
                self._sequence = _Sequence.PARAMETERS
        elif not ord("@") <= byte <= ord("~"):
            self._sequence = _Sequence.PARAMETERS
        return True

    def _edit(self, byte: int) -> str:
        """Change the line by one character; give the echo."""
        if byte in (BS, DEL):
            erased = self._typed[-1:]
            del self._typed[-1:]
            return "\b \b" if erased else ""
        limit = LINE_MAX if self._asks is _Asks.COMMAND else CREDENTIAL_MAX
        if not SPACE <= byte < DEL or len(self._typed) == limit:
            return ""
        self._typed.append(chr(byte))
        return "*" if self._asks is _Asks.PASSWORD else chr(byte)

    def _answer(self, line: str, now: float) -> str:
        """Take a finished line; give what follows it, up to the next thing asked."""
        match self._asks:
            case _Asks.COMMAND:
                return self._run(line.strip(" "), now)
            case _Asks.USER:
                following = _Asks.DOMAIN
            case _Asks.DOMAIN:
                following = _Asks.PASSWORD
            case _Asks.PASSWORD:
                return self._log_in(line)
        self._answers[self._asks] = line.strip(" ")
        self._asks = following
        return following.value

    def _log_in(self, password: str) -> str:
        """Let the user in, or ask again from the start."""
        if self._answers[_Asks.USER] and password:
            self._asks = _Asks.COMMAND
            return commands.BANNER + PROMPT
        self._asks = _Asks.USER
        return REFUSED + CREDENTIALS + self._asks.value

    def _run(self, line: str, now: float) -> str:
        """Run a command line; give its output and the next prompt."""
        if not line:
            return PROMPT
        name, _, rest = line.partition(" ")
        if name.lower() == "exit":
            self.ended = True
            return ""
        command = commands.COMMANDS.get(name.lower())
        user = f"{self._answers[_Asks.DOMAIN] or NAME}\\{self._answers[_Asks.USER]}"
        if command is None:
            output = commands.NOT_RECOGNIZED.format(name=name)
        else:
            output = command(Call(self._machine, user, rest.strip(" "), now))
        return f"{output}\n{PROMPT}"

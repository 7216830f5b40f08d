"""Telnet as a client of a serial port speaks it (RFC 854), with its serial options (RFC 2217).

Bytes in, console bytes out; answers to send are in `replies`. An option changes only when the far
end asks for something that is not so already, and is answered then and not again, so two ends can
never negotiate for ever (RFC 1143).

What we agree to: binary in both directions (RFC 856), echo by the far end (RFC 857), no go-aheads
(RFC 858), and control of the serial port (RFC 2217). Everything else is declined.
"""

from enum import Enum, IntEnum, auto
from typing import Final

from com1d.core.carried import carried, carried_enum


class Code(IntEnum):
    """The bytes that follow IAC."""

    SE = 240
    BREAK = 243
    SB = 250
    WILL = 251
    WONT = 252
    DO = 253
    DONT = 254
    IAC = 255


BINARY: Final = 0
ECHO: Final = 1
NO_GO_AHEAD: Final = 3
COM_PORT: Final = 44
"""Options: RFC 856, 857, 858, 2217."""

WE_DO: Final = frozenset({BINARY, NO_GO_AHEAD, COM_PORT})
THEY_DO: Final = frozenset({BINARY, ECHO, NO_GO_AHEAD, COM_PORT})
"""What each side may do, where the far end wants it."""

SET_BAUDRATE: Final = 1
SET_DATASIZE: Final = 2
SET_PARITY: Final = 3
SET_STOPSIZE: Final = 4
SET_CONTROL: Final = 5
BREAK_ON: Final = 5
BREAK_OFF: Final = 6
"""RFC 2217, section 3: commands of the option, and values of SET-CONTROL."""

REPLIES_MAX: Final = 4096
"""Bytes of answers that may wait to be sent. A far end that causes more does not read them."""

CR: Final = 0x0D
NUL: Final = 0x00


class EndlessNegotiationError(Exception):
    """The far end goes on negotiating and does not read the answers."""


@carried_enum
class OptionState(Enum):
    """The parser's state within the stream."""

    TEXT = auto()
    COMMAND = auto()
    """After IAC."""
    OPTION = auto()
    """After IAC and what is to be done: the next byte is the option."""
    SUBOPTION = auto()
    SUBOPTION_COMMAND = auto()
    """After an IAC in a suboption."""


@carried()
class Telnet:
    """One connection."""

    __slots__ = ("_after_cr", "_asked", "_state", "_they_do", "_verb", "_we_do", "replies")

    def __init__(self) -> None:
        """Begin as both ends do: with no option."""
        self.replies = bytearray()
        """Bytes to send before the next typed ones. The sender clears them."""
        self._we_do: set[int] = set()
        self._they_do: set[int] = set()
        self._asked: set[tuple[bool, int]] = set()
        """Options that we asked for, theirs or ours: the answer to that is not answered."""
        self._state = OptionState.TEXT
        self._verb = 0
        self._after_cr = False

    @property
    def controls_port(self) -> bool:
        """Whether the far end lets us set the serial port, and send breaks as RFC 2217 has them."""
        return COM_PORT in self._we_do

    def begin(self) -> None:
        """Ask for what makes the connection transparent. To be sent at once."""
        for verb, option in (
            (Code.DO, BINARY),
            (Code.DO, NO_GO_AHEAD),
            (Code.WILL, BINARY),
            (Code.WILL, COM_PORT),
        ):
            self._asked.add((verb is Code.DO, option))
            self._reply(verb, option)

    def receive(self, data: bytes) -> bytes:
        """Take what arrived; give the console bytes in it.

        Raises `EndlessNegotiationError` where nobody reads the answers.
        """
        if self._state is OptionState.TEXT and Code.IAC not in data:
            return self._plain(data)
        text = bytearray()
        for byte in data:
            self._state = self._step(byte, text)
        if len(self.replies) > REPLIES_MAX:
            raise EndlessNegotiationError
        return self._plain(bytes(text))

    def send(self, data: bytes) -> bytes:
        """Encode typed bytes for telnet."""
        data = data.replace(b"\xff", b"\xff\xff")
        return data if BINARY in self._we_do else data.replace(b"\r", b"\r\0")

    def hold_break(self, *, on: bool) -> bytes:
        """Give what begins or ends a break; a far end without RFC 2217 times it by itself."""
        if self.controls_port:
            return command(SET_CONTROL, bytes((BREAK_ON if on else BREAK_OFF,)))
        return bytes((Code.IAC, Code.BREAK)) if on else b""

    def _plain(self, data: bytes) -> bytes:
        """Take out the NUL that follows a CR where the far end does not send binary (RFC 854)."""
        if BINARY in self._they_do:
            self._after_cr = False
            return data
        if self._after_cr and data[:1] == b"\0":
            data = data[1:]
        if data:
            self._after_cr = data[-1] == CR
        return data.replace(b"\r\0", b"\r")

    def _step(self, byte: int, text: bytearray) -> OptionState:
        """Take one byte; give where in the stream we are behind it."""
        after = OptionState.TEXT
        match self._state:
            case OptionState.TEXT if byte == Code.IAC:
                after = OptionState.COMMAND
            case OptionState.TEXT:
                text.append(byte)
            case OptionState.COMMAND if byte == Code.SB:
                after = OptionState.SUBOPTION
            case OptionState.COMMAND if byte in (Code.WILL, Code.WONT, Code.DO, Code.DONT):
                self._verb, after = byte, OptionState.OPTION
            case OptionState.COMMAND:
                text += b"\xff" if byte == Code.IAC else b""
            case OptionState.OPTION:
                self._negotiate(self._verb, byte)
            case OptionState.SUBOPTION:  # none of these matters to us
                after = OptionState.SUBOPTION_COMMAND if byte == Code.IAC else OptionState.SUBOPTION
            case OptionState.SUBOPTION_COMMAND:
                after = OptionState.TEXT if byte == Code.SE else OptionState.SUBOPTION
        return after

    def _negotiate(self, verb: int, option: int) -> None:
        theirs, on = verb in (Code.WILL, Code.WONT), verb in (Code.WILL, Code.DO)
        active = self._they_do if theirs else self._we_do
        agreed = on and option in (THEY_DO if theirs else WE_DO)
        asked = (theirs, option) in self._asked
        self._asked.discard((theirs, option))
        was = option in active
        if agreed:
            active.add(option)
        else:
            active.discard(option)
        if not asked and on is not was:
            yes, no = (Code.DO, Code.DONT) if theirs else (Code.WILL, Code.WONT)
            self._reply(yes if agreed else no, option)

    def _reply(self, verb: Code, option: int) -> None:
        self.replies += bytes((Code.IAC, verb, option))


def command(number: int, value: bytes) -> bytes:
    """Write a command of RFC 2217."""
    body = bytes((COM_PORT, number)) + value.replace(b"\xff", b"\xff\xff")
    return bytes((Code.IAC, Code.SB)) + body + bytes((Code.IAC, Code.SE))

"""The framing of bytes on a real line: parity, data bits, stop bits, and flow control."""

import termios
from typing import Final

from com1d.ports.attributes import CC, CFLAG, IFLAG, Attributes
from com1d.values import dataclass


CMSPAR: Final = 0o10000000000
"""With PARENB, parity is mark or space (termios(3)); the termios module does not have it."""

FRAMED: Final = (
    termios.CSIZE | termios.PARENB | termios.PARODD | CMSPAR | termios.CSTOPB | termios.CRTSCTS
)
XON_XOFF: Final = termios.IXON | termios.IXOFF


@dataclass(frozen=True, slots=True)
class Framing:
    """The framing of a line; 8N1 without flow control unless told otherwise."""

    parity: str = "none"
    """One of `PARITIES` of `wire.words`."""
    data_bits: int = 8
    stop_bits: int = 1
    flow: str = "none"
    """One of `FLOWS` of `wire.words`."""

    @property
    def bits(self) -> int:
        """Bits on the wire for one byte, the start bit among them."""
        return 1 + self.data_bits + (self.parity != "none") + self.stop_bits


EIGHT_N_ONE: Final = Framing()


def as_framed(attributes: Attributes, found: Attributes) -> Attributes:
    """Give `attributes` with the framing and the flow control that `found` has."""
    framed = [*attributes[:CC], list(attributes[CC])]
    framed[CFLAG] = attributes[CFLAG] & ~FRAMED | found[CFLAG] & FRAMED
    framed[IFLAG] = attributes[IFLAG] & ~XON_XOFF | found[IFLAG] & XON_XOFF
    return framed

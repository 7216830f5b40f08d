"""Telnet's negotiation in what should be the guest's own bytes: the port is behind telnet."""

import re
from typing import Final

from com1d.core.stream.telnet import Code


_ASKS: Final = bytes((Code.WILL, Code.WONT, Code.DO, Code.DONT))
_NEGOTIATION: Final = re.compile(rb"(?:\xff[%b][\x00-\x31]){2}" % re.escape(_ASKS))
"""Two options in a row, as every server begins with. IAC is in no text, in UTF-8 least of all."""


def negotiates(data: bytes) -> bool:
    """Tell whether a telnet server asks for options in `data`."""
    return b"\xff" in data and _NEGOTIATION.search(data) is not None

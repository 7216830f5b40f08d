"""One paste: counted, cleaned, and refused whole or accepted whole.

A paste is counted in Unicode code points, with a line end (CRLF, LF or CR) as one. Then all
characters are removed that a console acts on instead of showing: C0 except TAB and CR, ESC, DEL and
C1. So no paste can carry `ESC R ESC r ESC R`, which resets firmware (MS-VUVP 2.2.2.2), nor switch
SAC channels.
"""

import re
from typing import Final

from com1d.errors import BadRequest, PasteTooLong
from com1d.values import dataclass


SAC_LINE: Final = 77
"""Characters that SAC keeps of one line; each further one overwrites the last in place."""

_LINE_END: Final = re.compile("\r\n|\n")
_CONTROL: Final = re.compile("[\x00-\x08\x0a-\x0c\x0e-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Paste:
    """A paste as it goes to the port."""

    text: str
    """Cleaned; lines end in CR."""
    stripped: int
    """Control characters that cleaning left out."""
    warnings: tuple[str, ...]
    """Warnings for the user, a sentence each."""

    @property
    def data(self) -> bytes:
        """The bytes for the port."""
        return self.text.encode()


def decode(data: bytes) -> str:
    """Give the text of a paste that came as bytes. Raises `BadRequest` where it is not UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise BadRequest(
            f"the paste is not UTF-8: byte {error.start + 1} is 0x{data[error.start]:02x}; "
            "nothing was sent"
        ) from error


def count(text: str) -> int:
    """Count the characters of a paste: Unicode code points, with CRLF as one. Copies nothing."""
    return len(text) - text.count("\r\n")


def clean(text: str, *, at_sac: bool = False) -> str:
    """Give the text that may reach a port: line ends as CR, no other control character but TAB.

    At `SAC>` a TAB becomes a space, since SAC answers it with a bell and drops it.
    """
    text = _CONTROL.sub("", _LINE_END.sub("\r", text))
    return text.replace("\t", " ") if at_sac else text


def prepare(text: str, limit: int, *, at_sac: bool = False) -> Paste:
    """Check and clean a whole paste of at most `limit` characters.

    Raises `PasteTooLong` with the count and the limit, and `BadRequest` when the text is binary
    (a NUL), is no Unicode (a lone surrogate), or when nothing is left of it.
    """
    characters = count(text)
    if characters > limit:
        raise PasteTooLong(
            f"the paste has {characters} characters, the limit is {limit}; nothing was sent",
            characters=characters,
            limit=limit,
        )
    _refuse_binary(text)
    cleaned = clean(text, at_sac=at_sac)
    if not cleaned:
        raise BadRequest("the paste is empty" if not text else "the paste has no character to send")
    stripped = characters - len(cleaned)
    return Paste(cleaned, stripped, tuple(_warnings(cleaned, stripped, at_sac=at_sac)))


def _refuse_binary(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise BadRequest(
            f"character {error.start + 1} of the paste is the lone surrogate "
            f"U+{ord(text[error.start]):04X}, which is no text; nothing was sent"
        ) from error
    if (at := text.find("\0")) >= 0:
        raise BadRequest(
            f"character {at + 1} of the paste is a NUL: that is binary, not text; nothing was sent"
        )


def _warnings(cleaned: str, stripped: int, *, at_sac: bool) -> list[str]:
    lines = cleaned.removesuffix("\r").split("\r")
    warnings = []
    if stripped:
        warnings.append(f"Left out {stripped} control character{'s' * (stripped > 1)}.")
    if len(lines) > 1:
        warnings.append(f"The paste has {len(lines)} lines: the guest acts on each as it arrives.")
    if at_sac and (long := [n for n, line in enumerate(lines, 1) if len(line) > SAC_LINE]):
        warnings.append(
            f"Line {long[0]} is {len(lines[long[0] - 1])} characters long: "
            f"SAC keeps {SAC_LINE} of a line and overwrites the last."
        )
    return warnings

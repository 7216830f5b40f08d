"""The screen that a console's bytes make: what a client sees that attaches in the middle.

A terminal is told in a stream of bytes what to show, so who comes late has to be told how it looks
now. `Emulator` reads the stream as a terminal would and gives the bytes that bring another terminal
to the same point, where it goes on with the rest of the stream.

pyte keeps the cells (`screen`). Its parser is not used: it raises on sequences that no terminal
minds, and cannot be left in the middle of one. Whoever controls a guest controls what is read here,
so each step takes a fraction of a millisecond, and a sequence that is not known does nothing.
Queries are such sequences: nothing here ever answers. Tab stops, and the character that REP would
repeat, are not carried over.
"""

from com1d.core.screen.emulator import READ_MAX, Emulator, beginning
from com1d.core.screen.screen import COLUMNS, ROWS


__all__ = [
    "COLUMNS",
    "READ_MAX",
    "ROWS",
    "Emulator",
    "beginning",
]

"""The screen that a console's bytes make: what a client sees that attaches in the middle.

A terminal is told in a stream of bytes what to show, so who comes late has to be told how it looks
now. `Emulator` reads the stream as a terminal would and gives the bytes that bring another terminal
to the same point, where it goes on with the rest of the stream.

`emulator` splits the stream into steps, `terminal` says what each of them means, `screen` and `row`
do it to the cells, and `paint` gives it to another terminal. Whoever controls a guest controls what
is read here, so each step takes a fraction of a millisecond whatever it is, and a sequence that is
not known does nothing. Queries are such sequences: nothing here ever answers.
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

"""The screen that a console's bytes make, for a client that attaches later.

A terminal's contents depend on all bytes before. `Emulator` reads the stream as a terminal would
and gives bytes that bring another terminal to the same point, where it goes on with the rest of the
stream.

`emulator` splits the stream into steps, `terminal` says what each of them means, `screen` and `row`
do it to the cells, and `paint` gives it to another terminal. The guest controls what is read here,
so every step takes a fraction of a millisecond, and an unknown sequence does nothing. Queries are
such sequences: nothing here ever answers them.
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

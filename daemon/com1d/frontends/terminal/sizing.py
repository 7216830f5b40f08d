"""The size of the user's terminal, and what the guest takes it for.

A serial line does not carry a window's size. Windows draws SAC and its channels for 80x24 whatever
the terminal; a Linux shell takes the size for 80x24 until somebody tells it.
"""

from typing import Final

from com1d.frontends.words.states import SAC, SHELL


ROWS, COLUMNS = 24, 80
"""The size that both kinds of guests assume of a serial terminal."""

_KILL: Final = b"\x15"
"""Ctrl-U: what is half typed at the prompt must not become part of the command."""


def set_size(rows: int, columns: int) -> bytes:
    """Give what to type at a Linux shell so that it knows the size."""
    return _KILL + f"stty rows {rows} cols {columns}\r".encode()


def advice(state: str, rows: int, columns: int) -> str | None:
    """Say what the user should know about a terminal of this size in this state, if anything."""
    if state in SAC and (rows < ROWS or columns < COLUMNS):
        return (
            f"SAC's screen is {COLUMNS}x{ROWS} and your terminal {columns}x{rows}: "
            "make it larger, or lines will be out of place"
        )
    if state == SHELL and (rows, columns) != (ROWS, COLUMNS):
        return (
            f"your terminal is {columns}x{rows}, which the guest does not know: "
            "at an empty prompt, Ctrl-] t tells it with stty"
        )
    return None

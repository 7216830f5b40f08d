"""Held keys: pressed again and again until the guest's state changes.

A serial line has no "still down": a boot menu that asks for F8 sees it only if it arrives while the
menu looks, and nobody knows when that is. So the keys are pressed again until the guest's state
changes.
"""

from typing import Final

from com1d.core.carried import carried
from com1d.core.guest.states import State


EVERY: Final = 0.3
"""Seconds between two presses. A boot manager looks for its key for a second or so and has to find
one then; three a second are still few enough that the guest, when it goes on, has not piled up
more than it reads while it looks."""

LIMIT: Final = 60.0
"""Seconds until it is given up: from a reset to its boot menu a VM with much memory or many disks
takes half of that. A guest that has not changed by then does not take the key."""

KEYS_MAX: Final = 16
"""Keys that are pressed in turn: as many as one SysRq request has, and with all their modifiers
still half of what a line of 9600 baud takes between two presses."""

ON_THE_WAY: Final = frozenset({State.BLANK, State.FIRMWARE})
"""States in which the key is still ahead of its menu: the guest was just reset."""

TIMEOUT: Final = "timeout"


@carried()
class Repeat:
    """Decides when to press again, and when to stop. It is asked before each press."""

    __slots__ = ("_began", "_state", "pressed")

    def __init__(self, state: State, now: float) -> None:
        """Begin while the guest is in `state`."""
        self._began = now
        self._state = state
        self.pressed = 0
        """How often the keys were pressed."""

    def over(self, state: State, now: float) -> str | None:
        """Give why it is over, the guest's new state or `TIMEOUT`; None while it goes on.

        While it is None, press and count that in `pressed`. A guest in a state of `ON_THE_WAY` has
        not reached its menu, so these states end nothing, but any state after them does.
        """
        before, self._state = self._state, state
        if state is not before and state not in ON_THE_WAY:
            return state.value
        return TIMEOUT if now >= self._began + LIMIT else None

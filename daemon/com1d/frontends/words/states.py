"""States of a guest that a client treats in a way of their own."""

from typing import Final


SHELL: Final = "shell"
"""The guest's state in which `stty` is understood."""

SAC: Final = frozenset({"sac", "sac-channel", "cmd-login", "cmd", "powershell"})
"""The states in which Windows draws a screen of its own size."""

PICTURES: Final = frozenset({"boot-menu", "firmware"})
"""The states in which the whole screen is drawn once, and then only what changes in it."""

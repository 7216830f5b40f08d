"""Renews the page of pictures: `python tests/page/pictures.py`, after tests/page/test_views.py ran.

The tests take a picture of every view in every look; a few of them are kept in the repository.
"""

import shutil
from typing import Final

from page.stage import PICTURES, SOURCES


KEPT: Final = {
    "light/list": "All consoles: what each guest does, who is on, and what it said last.",
    "light/console-linux": "A Linux guest. F8, NMI, restart and the like are one menu away.",
    "dark/menu-keys": "Keys that a browser keeps for itself, and Windows's channels.",
    "light/dialog-nmi": "What acts on a VM says what it does to this guest, and asks.",
    "dark/preempted": "Somebody else took over: who, when, and one key to take it back.",
    "light/log-search": "The boot diagnostics log by boots, with times, sessions and a search.",
    "dark/grid": "Several at once; one of them is typed on.",
    "phone/console-windows": "On a phone, with the keys that it lacks.",
}
"""Pictures of the page, and what they show."""

PAGE: Final = SOURCES / "PICTURES.md"


def main() -> None:
    """Copy the pictures, and write the page."""
    folder = SOURCES / "pictures"
    folder.mkdir(exist_ok=True)
    text = ["# The browser console in pictures\n", "Made by `tests/page/pictures.py`.\n"]
    for name, says in KEPT.items():
        file = name.replace("/", "-") + ".png"
        shutil.copy(PICTURES / f"{name}.png", folder / file)
        text.append(f"![{says}](pictures/{file})\n\n{says}\n")
    PAGE.write_text("\n".join(text))


if __name__ == "__main__":
    main()

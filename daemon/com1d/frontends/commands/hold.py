"""`com1 send keys --hold`: keys that are pressed until the guest's state changes."""

from argparse import Namespace
from typing import Final

from com1d.errors import EX_FAILURE, EX_OK, EX_TEMPFAIL, EX_UNAVAILABLE
from com1d.frontends.session.link import ClientError, Link, console_path
from com1d.frontends.words.output import say, waiting


HOLD_PATIENCE: Final = 90.0
"""Seconds for the answer: the daemon presses for 60 s at most."""

_UNFINISHED: Final = {
    "timeout": (EX_FAILURE, "but the guest's state did not change"),
    "preempted": (EX_TEMPFAIL, "then somebody else took the console over"),
    "port-down": (EX_UNAVAILABLE, "then the port went down"),
    "cancelled": (EX_FAILURE, "then it was cancelled"),
}
"""Other ends than a new state of the guest: exit code and message."""


def run(options: Namespace) -> int:
    """Hold the keys down. Fails unless it ended because the guest's state changed."""
    keys, link = " ".join(options.keys), Link(options.socket)
    with waiting(f"holding {keys} on {options.name}, Ctrl-C stops it"):
        answer = link.post(
            console_path(options.name, "keys"), {"keys": options.keys, "hold": True},
            patience=HOLD_PATIENCE,
        )  # fmt: skip
    until, times = str(answer.get("until")), answer.get("pressed")
    code, end = _UNFINISHED.get(until, (EX_OK, f"until the guest's state was {until}"))
    done = f"{keys} pressed {times} times on {options.name}, {end}"
    if code == EX_OK or options.json:
        say(options, answer, done)
        return code
    remedy = f"`com1 status {options.name}` shows what the guest is doing"
    raise ClientError({"code": until, "title": done, "remedy": remedy}, code)

"""`com1 demo`: com1d without a VM, and nothing left of it afterwards."""

import contextlib
import signal
import time
from argparse import Namespace
from collections.abc import Iterator
from contextlib import AbstractContextManager
from types import FrameType
from typing import Final, Protocol

from com1d.errors import EX_FAILURE, EX_OK
from com1d.frontends.demo.household import CONSOLE, Household, linux_household, windows_household
from com1d.frontends.demo.rehearsal import rehearse
from com1d.frontends.session.attachment import Wanted
from com1d.frontends.session.link import Link, console_path


_WHAT: Final = {
    "windows": "a simulated Windows guest",
    "linux": "a Linux guest under QEMU",
}
_TRY: Final = {
    "windows": "At SAC>: `cmd`, then `ch -si 1`, Enter; log in with any user and any password",
    "linux": "The guest's shell says `guest# ` when it is there",
}

BOOT_SECONDS: Final = 10.0
"""How long a boot is waited for, so that it does not push away what is said about it. The simulated
one takes two; a slower one is watched instead."""
LOOK_SECONDS: Final = 0.2

BOOTED: Final = frozenset({"sac", "shell", "login"})


class Connect(Protocol):
    """Attaches the calling process to a console until its user leaves."""

    def __call__(self, link: Link, name: str, wanted: Wanted, hello: tuple[str, ...] = ()) -> None:
        """Show the lines of `hello` when what was printed before has been shown."""


def demo(options: Namespace, connect: Connect) -> int:
    """Run the demonstration that `options` ask for; give the exit code. Raises `ClientError`."""
    with _cleaned_up_on_signals(), _household(options) as household:
        if options.check:
            rehearse(household.socket, CONSOLE, options.guest)
        else:
            _show(household, options.guest, connect)
    return EX_OK


def _household(options: Namespace) -> AbstractContextManager[Household]:
    if options.guest == "linux":
        return linux_household(options.kernel, options.initrd)
    return windows_household()


def _show(household: Household, guest: str, connect: Connect) -> None:
    what = _WHAT[guest]
    print(f"A private com1d with {what}, all of it in {household.folder}.", flush=True)
    link = Link(household.socket)
    _await_boot(link)
    hello = (
        _TRY[guest],
        "In a second terminal, to take the session over:",
        f"com1 --socket {household.socket} connect {CONSOLE}",
        "Ctrl-] q leaves, and everything is removed",
    )
    connect(link, CONSOLE, Wanted(replay="boot"), hello)


def _await_boot(link: Link) -> None:
    """Wait until the guest is up, or long enough."""
    deadline = time.monotonic() + BOOT_SECONDS
    while time.monotonic() < deadline:
        state = link.get(console_path(CONSOLE)).get("guest_state") or {}
        if state.get("state") in BOOTED:
            return
        time.sleep(LOOK_SECONDS)


@contextlib.contextmanager
def _cleaned_up_on_signals() -> Iterator[None]:
    """Turn signals into an exception, so that every `finally` runs."""

    def leave(_number: int, _frame: FrameType | None) -> None:
        raise SystemExit(EX_FAILURE)

    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, leave) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

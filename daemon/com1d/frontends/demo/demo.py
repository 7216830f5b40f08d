"""`com1 demo`: com1d without a VM, and nothing left of it afterwards."""

import contextlib
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import FrameType
from typing import Final, TypeAlias

from com1d.errors import EX_FAILURE, EX_OK
from com1d.frontends.demo.household import CONSOLE, Household, linux_household, windows_household
from com1d.frontends.demo.rehearsal import rehearse
from com1d.frontends.session.attachment import Wanted
from com1d.frontends.session.link import ClientError, Link


_BANNERS: Final = {
    "windows": """\
A private com1d with a simulated Windows guest, all of it in {folder}.
  At SAC>: `cmd`, then `ch -sn Cmd0001`, Enter; log in with any user and any password.
""",
    "linux": """\
A private com1d with a Linux guest under QEMU, all of it in {folder}.
  The guest boots now; its shell says `guest# `.
""",
}
_HINTS: Final = """\
  In a second terminal, to take the session over:
    com1 --socket {socket} connect {console}
  Ctrl-] opens the menu; Ctrl-] q leaves, and everything is removed.
"""


Connect: TypeAlias = Callable[[Link, str, Wanted], None]
"""Attaches the calling process to a console until its user leaves."""


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
    banner = _BANNERS[guest] + _HINTS
    print(
        banner.format(folder=household.folder, socket=household.socket, console=CONSOLE),
        flush=True,
    )
    wanted = Wanted(replay="boot")
    while True:
        try:
            connect(Link(household.socket), CONSOLE, wanted)
        except ClientError as error:
            if error.code != "preempted" or not sys.stdin.isatty():
                raise
            print(error.as_line())
        else:
            return
        print("Enter takes the session back; Ctrl-D ends the demonstration.", flush=True)
        if not sys.stdin.readline():
            return


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

"""`com1 connect`: a person at a terminal, or a script that pipes."""

import asyncio
import contextlib
import os
import signal
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from com1d.errors import EX_FAILURE
from com1d.frontends.session.attachment import Wanted
from com1d.frontends.session.copying import QUIET_SECONDS, Copying
from com1d.frontends.session.link import ClientError, Link
from com1d.frontends.session.streams import Input, Output
from com1d.frontends.terminal.screen import Screen
from com1d.frontends.terminal.terminal import RawTerminal
from com1d.frontends.terminal.user import User


STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT)
"""In raw mode Ctrl-C and Ctrl-\\ are the guest's, so the last two come from other processes."""


def connect(
    link: Link,
    name: str,
    wanted: Wanted,
    hello: tuple[str, ...] = (),
    idle: float = QUIET_SECONDS,
) -> None:
    """Attach the calling process to a console until its user leaves.

    At a terminal the lines of `hello` are shown when the session begins, above the prompt. Without
    one, it ends when the input has ended and the guest was silent for `idle` seconds.

    Raises `ClientError` when the session is refused or ends in any other way; by then the terminal
    is as it was before.
    """
    if os.isatty(0):
        asyncio.run(_at_terminal(link, name, wanted, hello))
    else:
        asyncio.run(_piped(link, name, wanted, idle))


async def _piped(link: Link, name: str, wanted: Wanted, idle: float) -> None:
    output = Output(1)
    copying = Copying(link.path, name, wanted, Input(0), output, idle)
    with _stopped_by_signals(copying.session.quit):
        try:
            await copying.run()
        finally:
            await output.close()


async def _at_terminal(link: Link, name: str, wanted: Wanted, hello: tuple[str, ...]) -> None:
    guest_output = Output(1)
    own_output = guest_output if os.isatty(1) else Output(2)
    dumb = os.environ.get("TERM") == "dumb"
    colour = not os.environ.get("NO_COLOR") and os.isatty(own_output.fd) and not dumb
    with RawTerminal(0) as terminal:
        screen = Screen(guest_output, own_output, colour=colour, dumb=dumb)
        wanted = replace(wanted, size=screen.size())
        user = User(link, name, wanted, screen, Input(0), terminal, hello)
        with _stopped_by_signals(user.session.quit):
            try:
                await user.run()
            finally:
                await screen.close()


@contextlib.contextmanager
def _stopped_by_signals(stop: Callable[[], None]) -> Iterator[None]:
    """Call `stop` at a signal that asks for the end, and say afterwards that it was one."""
    loop = asyncio.get_running_loop()
    received: list[signal.Signals] = []

    def receive(number: signal.Signals) -> None:
        received.append(number)
        stop()

    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    heeded = [number for number in STOP_SIGNALS if before[number] != signal.SIG_IGN]  # nohup
    for number in heeded:
        loop.add_signal_handler(number, receive, number)
    try:
        yield
    finally:
        for number in heeded:
            loop.remove_signal_handler(number)
            signal.signal(number, before[number])
    if received:
        title = f"The session was ended by {received[0].name}"
        raise ClientError({"code": "interrupted", "title": title}, EX_FAILURE)

"""The old process's end of a change: it starts the installed version, and hands over to it.

The installed version is started beside this one, reads its configuration, and says that it is
ready; meanwhile everything goes on. Then nobody new begins anything until what cannot be handed
over has come to its end. What follows happens within one callback, so that nothing can change
between what is handed over and the end of this process.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from time import monotonic
from typing import Final

from com1d.daemon.handover.channel import Channel
from com1d.daemon.handover.estate import Estate
from com1d.daemon.handover.form import FORMAT, encode
from com1d.daemon.handover.signals import noting
from com1d.daemon.systemd import Manager
from com1d.errors import EX_OK, StateRefused, UpgradeFailed
from com1d.loop.collector import resting
from com1d.loop.descriptors import Descriptors


VARIABLE: Final = "COM1D_SUCCEEDS"
"""In the environment of the new process: the descriptor of its end of the socket pair."""

READY_SECONDS: Final = 30.0
"""How long the new process may take to be ready: it reads the configuration of thousands."""

SETTLE_SECONDS: Final = 10.0
"""How long is waited for what cannot be handed over, while nobody new begins anything."""

CUT_SECONDS: Final = 1.0
"""How long requests that only read, and were cut off after that time, may take to end."""

LOOK_SECONDS: Final = 0.005
"""How often it is looked whether anything is still under way."""

TURNS: Final = 3
"""Turns of the loop after which each request that was let in has begun."""

TAKE_SECONDS: Final = 7.0
"""How long the new process may take to take over, while this one does nothing: far longer than with
a thousand consoles, and shorter than WatchdogSec= of the unit, which would end this one, too."""


class Predecessor:
    """A running daemon that can be replaced."""

    def __init__(
        self,
        estate: Estate,
        manager: Manager,
        *,
        turn: asyncio.Lock,
        stop: asyncio.Event,
        reload: asyncio.Event,
    ) -> None:
        """Hand `estate` over, and tell the service manager who follows.

        `turn` is held meanwhile, so that the configuration that the new process has read is the one
        in force. `stop` and `reload` are set where this process was asked to end, or to read its
        configuration again: the one is heeded first, the other by who serves then.
        """
        self._estate = estate
        self._manager = manager
        self._turn = turn
        self._stop = stop
        self._reload = reload
        self.under_way = False

    async def upgrade(self, hello: Callable[[], Mapping[str, object]]) -> None:
        """Have the installed version take over; `hello` gives what it has to know beforehand.

        Raises `UpgradeFailed`, and everything goes on as if nothing had been.
        """
        if self.under_way:
            raise UpgradeFailed("another one is under way")
        self.under_way = True
        try:
            async with self._turn:
                await self._upgrade(hello())
        finally:
            self.under_way = False

    async def _upgrade(self, hello: Mapping[str, object]) -> None:
        channel, child = await self._start()
        try:
            channel.send(TAKE_SECONDS, **hello)
            await self._ready(channel)
            await self.settle()
            self._hand_over(channel, child)
        except (OSError, StateRefused) as error:
            raise UpgradeFailed(str(error)) from None
        finally:
            child.kill()  # first: it may be about to say that it has taken over, too late
            self._estate.unpause()
            channel.close()
            await asyncio.to_thread(child.wait)

    async def _start(self) -> tuple[Channel, "subprocess.Popen[bytes]"]:
        channel, theirs = Channel.pair()
        with theirs:
            number = theirs.fileno()
            environment = {**os.environ, **self._manager.environment, VARIABLE: str(number)}
            try:
                child = await asyncio.to_thread(
                    subprocess.Popen[bytes], command(), env=environment, pass_fds=[number]
                )
            except OSError as error:
                channel.close()
                raise UpgradeFailed(f"it cannot be started: {error}") from None
        return channel, child

    async def _ready(self, channel: Channel) -> None:
        """Wait until the new process can take over. Raises `StateRefused` where it says why not."""
        try:
            async with asyncio.timeout(READY_SECONDS):
                answer = await channel.wait()
        except StateRefused as error:
            raise StateRefused(f"{error} before it was ready; its log says why") from None
        except TimeoutError:
            raise StateRefused(f"it was not ready within {READY_SECONDS:g} s") from None
        if "ready" not in answer:
            raise StateRefused(str(answer.get("failed", "it said something else than that")))
        if not isinstance(reads := answer.get("reads", 0), int) or reads < FORMAT:
            raise StateRefused(
                f"it has format {FORMAT}, and what is installed is older: it cannot read that"
            )

    async def settle(self, seconds: float = SETTLE_SECONDS, *, ending: bool = False) -> None:
        """Wait until everything that is under way can be handed over. Raises `StateRefused`.

        After so many seconds, requests that only read are cut off. Where this process is `ending`,
        whatever becomes of the rest, programs of hooks end with it.
        """
        self._estate.pause()
        for _ in range(TURNS):
            await asyncio.sleep(0)
        until, cut = monotonic() + seconds, False
        while obstacle := next(self._estate.obstacles(), None):
            if monotonic() > until and cut:
                raise StateRefused(f"it cannot be handed over now: {obstacle}")
            if monotonic() > until:
                self._estate.cut_readers()
                if ending:
                    await self._estate.facilities.hooks.kill()
                until, cut = monotonic() + CUT_SECONDS, True
            await asyncio.sleep(LOOK_SECONDS)

    def _hand_over(self, channel: Channel, child: "subprocess.Popen[bytes]") -> None:
        """Hand everything over, and end. Raises `OSError` and `StateRefused`; then nothing was."""
        if self._stop.is_set():
            raise StateRefused("com1d is stopping")
        fds = Descriptors()
        self._manager.notify(WATCHDOG="1")
        with noting() as came:
            try:
                with resting():
                    state = (encode(part) for part in self._estate.hand_over(fds))
                    answer = channel.hand_over(TAKE_SECONDS, state, fds)
            except TimeoutError:
                raise StateRefused(f"it did not take over within {TAKE_SECONDS:g} s") from None
            if "taken" not in answer:
                raise StateRefused(str(answer.get("failed", "it said something else than that")))
            self._manager.notify(MAINPID=str(child.pid))
            with contextlib.suppress(OSError):  # before that, the manager would not listen to it
                channel.send(TAKE_SECONDS, told=child.pid)
            for number in [*came, signal.SIGHUP] if self._reload.is_set() else came:
                child.send_signal(number)
            sys.stderr.flush()
            os._exit(EX_OK)  # nothing of what we hold is ours any more


def command() -> list[str]:
    """Give the command that this process was started with; what is installed there may be newer."""
    return [sys.executable, *sys.orig_argv[1:]]

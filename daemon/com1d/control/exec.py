"""`exec:/path`: a program of the host's own, for Xen, bhyve, IPMI and whatever else has a command.

It is called with the verb and the console's name::

    /path status web01                     state on the first line of stdout: running, off, …
    /path nmi web01                        also: reset, break
    /path restart web01                    what it prints is shown as progress, line by line
    /path keys web01 F8 Ctrl-Alt-Delete    on an emulated keyboard

and answers by its exit status, after sysexits.h like com1d's own: 0 done, 64 it cannot do this,
69 the VM is not running, 75 busy, any other number: it failed, and said why on stderr or stdout.
"""

import contextlib
from collections.abc import Callable
from typing import Final

from com1d.control import child
from com1d.control.attempt import attempt
from com1d.control.base import OFF, Ability, Limits, VmEvent, What
from com1d.control.problems import ControlBusy
from com1d.control.qcodes import read
from com1d.control.restart import Turn
from com1d.errors import (
    EX_TEMPFAIL,
    EX_UNAVAILABLE,
    EX_USAGE,
    ControlRefused,
    NotRunning,
    Problem,
    Unsupported,
)


EXEC_LIMITS: Final = Limits(answer=30.0, reset=60.0, shutdown=180.0, relaunch=120.0)
"""Longer than for a hypervisor on this host: a management controller takes seconds to answer."""

STATE_CHARACTERS: Final = 64
"""A state is a word or two."""

_ANSWERS: Final[dict[int, tuple[type[Problem], str]]] = {
    EX_USAGE: (Unsupported, "cannot do this"),
    EX_UNAVAILABLE: (NotRunning, "says that the VM is not running"),
    EX_TEMPFAIL: (ControlBusy, "is busy"),
}


class ExecControl:
    """One VM, or machine, behind a program."""

    name = "exec"
    hears = False
    capabilities = frozenset(Ability)

    def __init__(self, path: str, console: str, limits: Limits = EXEC_LIMITS) -> None:
        """Control the VM of `console` with the program at `path`."""
        self._path = path
        self._console = console
        self._limits = limits
        self._turn = Turn(console)
        self._on_event: Callable[[VmEvent], None] = lambda _: None

    def start(self, on_event: Callable[[VmEvent], None]) -> None:
        """Remember `on_event`. There is no connection to keep."""
        self._on_event = on_event

    async def stop(self) -> None:
        """Nothing to end: a running program has its own time limit."""

    def retry(self) -> None:
        """Nothing to hurry."""

    # -- verbs --------------------------------------------------------------------------------

    async def status(self) -> str:
        """Ask for the VM's state."""
        try:
            async with self._attempt("status", self._limits.answer):
                return await self._state()
        except NotRunning:
            return OFF

    async def uuid(self) -> str:
        """Refuse: the program is asked for verbs alone."""
        raise Unsupported(f"{self._console}: a program does not tell UUIDs")

    def birth(self) -> None:
        """Nothing of the hypervisor's can be seen."""

    async def nmi(self) -> None:
        """Send an NMI."""
        await self._do("nmi", self._limits.answer)

    async def reset(self) -> None:
        """Press the reset button."""
        await self._do("reset", self._limits.reset)
        self._on_event(VmEvent(What.RESET, "requested"))

    async def restart(self, progress: Callable[[str], None]) -> None:
        """Have the guest shut down and boot anew."""
        with self._turn:
            await self._do("restart", self._limits.restart, hear=progress)

    async def send_break(self) -> None:
        """Send a break."""
        await self._do("break", self._limits.answer)

    async def press(self, keys: list[str]) -> None:
        """Press keys."""
        await self._do("keys", self._limits.answer, *map(str, read(keys)))

    # -- how ----------------------------------------------------------------------------------

    async def _do(
        self, verb: str, limit: float, *words: str, hear: Callable[[str], None] = lambda _: None
    ) -> None:
        async with self._attempt(verb, limit):
            await self._ask(verb, *words, hear=hear)

    def _attempt(self, verb: str, limit: float) -> contextlib.AbstractAsyncContextManager[None]:
        return attempt(verb, self._console, limit, self._state)

    async def _state(self) -> str:
        said = await self._ask("status")
        return said.partition("\n")[0].strip()[:STATE_CHARACTERS] or "unknown"

    async def _ask(
        self, verb: str, *words: str, hear: Callable[[str], None] = lambda _: None
    ) -> str:
        """Run the program; give what it wrote. Raises the problem that its exit status stands for.

        No word can be taken for an option: names and keys begin with a letter or digit.
        """
        try:
            status, said = await child.run([self._path, verb, self._console, *words], hear)
        except OSError as error:
            raise ControlRefused(
                f"{self._console}: {self._path} cannot be run: {error.strerror}"
            ) from None
        if status == 0:
            return said
        how = f"exit status {status}" if status > 0 else f"signal {-status}"
        kind, what = _ANSWERS.get(status, (ControlRefused, f"failed with {how}"))
        extra = {"state": OFF} if kind is NotRunning else {}
        because = ": " + " ".join(said.split()) if said else ""
        raise kind(f"{self._console}: {verb}: {self._path} {what}{because}", **extra)

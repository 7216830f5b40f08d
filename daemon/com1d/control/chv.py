"""`chv:/path`: Cloud Hypervisor's REST API on a Unix socket (`--api-socket path=/path`).

It tells of no events there, so that a boot is known only where com1d caused it. When its guest
powers off, the process ends, or with `--no-shutdown` stays in the state `shutdown` until `vm.boot`.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final, NoReturn

from com1d.control import rest
from com1d.control.attempt import HungUp, attempt, demand_running
from com1d.control.base import LIMITS, OFF, Ability, Limits, VmEvent, What
from com1d.control.dial import Birth, birth, present
from com1d.control.restart import Turn, unheeded, until, until_relaunched
from com1d.errors import ControlRefused, NotRunning, Problem, Unsupported
from com1d.wire.uuids import uuid_of


BOOTABLE: Final = frozenset({"created", "shutdown"})
"""States in which the VM waits for `vm.boot`."""

NOT_FOUND: Final = 404
"""The process runs, and has no VM."""

REQUESTED: Final = VmEvent(What.RESET, "requested")


class ChvControl:
    """One VM under Cloud Hypervisor."""

    name = "chv"
    hears = False
    capabilities = frozenset({Ability.NMI, Ability.RESET, Ability.RESTART})

    def __init__(
        self, path: str, console: str, limits: Limits = LIMITS, *, found_port: str = ""
    ) -> None:
        """Control the VM of `console`. `found_port` is as in `dial`."""
        self._path = path
        self._found_port = found_port
        self._console = console
        self._limits = limits
        self._turn = Turn(console)
        self._on_event: Callable[[VmEvent], None] = lambda _: None

    def start(self, on_event: Callable[[VmEvent], None]) -> None:
        """Remember `on_event`. There is no connection to keep."""
        self._on_event = on_event

    async def stop(self) -> None:
        """Nothing to end."""

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
        """Ask for the UUID of `--platform`."""
        config = (await self._info()).get("config")
        platform = config.get("platform") if isinstance(config, dict) else None
        return uuid_of(platform.get("uuid") if isinstance(platform, dict) else None)

    def birth(self) -> Birth | None:
        """Give that of the API's socket, while there is one."""
        return present(self._path)

    async def nmi(self) -> None:
        """Inject an NMI."""
        async with self._attempt("nmi", self._limits.answer):
            demand_running(self._console, "nmi", await self._state())
            await self._put("nmi")

    async def reset(self) -> None:
        """Reboot without asking, or boot where the VM has shut down."""
        async with self._attempt("reset", self._limits.reset):
            await self._boot(await self._state())

    async def restart(self, progress: Callable[[str], None]) -> None:
        """Press the power button, wait for the guest's end, and boot it again."""
        with self._turn:
            async with self._attempt("restart", self._limits.restart):
                await self._restart(progress)

    async def send_break(self) -> None:
        """Refuse: there is no way to do it."""
        self._lacks("break")

    async def press(self, keys: list[str]) -> None:
        """Refuse: there is no keyboard."""
        del keys
        self._lacks("keyboard")

    # -- how ----------------------------------------------------------------------------------

    def _lacks(self, what: str) -> NoReturn:
        raise Unsupported(f"{self._console}: Cloud Hypervisor has no {what}")

    def _attempt(self, verb: str, limit: float) -> contextlib.AbstractAsyncContextManager[None]:
        return attempt(verb, self._console, limit, self._state)

    async def _put(self, action: str) -> None:
        answer = await self._request("PUT", f"/api/v1/vm.{action}")
        if answer.status == NOT_FOUND:
            raise NotRunning(f"{self._console}: {action}: there is no VM yet", state=OFF)
        self._check(action, answer)

    async def _state(self) -> str:
        try:
            state = (await self._info()).get("state")
        except NotRunning:
            return OFF
        return state.lower() if isinstance(state, str) else "unknown"

    async def _info(self) -> dict[str, Any]:
        """Ask for all about the VM. Raises `NotRunning` where there is none yet."""
        answer = await self._request("GET", "/api/v1/vm.info")
        if answer.status == NOT_FOUND:
            raise NotRunning(f"{self._console}: there is no VM yet", state=OFF)
        self._check("info", answer)
        info = _json(answer.body)
        return info if isinstance(info, dict) else {}

    def _request(self, method: str, target: str) -> Awaitable[rest.Answer]:
        return rest.request(self._path, self._console, method, target, self._found_port)

    def _check(self, action: str, answer: rest.Answer) -> None:
        """Raise `ControlRefused` with what the answer says: a list of texts, cause after cause."""
        if answer.status // 100 == 2:  # noqa: PLR2004 - the class of success
            return
        causes = _json(answer.body)
        said = ": ".join(map(str, causes)) if isinstance(causes, list) else "no reason given"
        raise ControlRefused(
            f"{self._console}: Cloud Hypervisor refused vm.{action} ({answer.status}): {said}"
        )

    async def _boot(self, state: str) -> None:
        await self._put("boot" if state in BOOTABLE else "reboot")
        self._on_event(REQUESTED)

    async def _restart(self, progress: Callable[[str], None]) -> None:
        console, limits = self._console, self._limits
        state, born = await self._state(), birth(self._path)
        if state not in BOOTABLE:
            demand_running(console, "restart", state)
            await self._put("power-button")
            progress(f"{console}: power button pressed; {limits.shutdown:g} s to shut down")
            state = await self._after_shutdown(born)
        if state in BOOTABLE:
            progress(f"{console}: in state {state}; starting it again")
            await self._boot(state)
        elif state == OFF:
            progress(f"{console}: the hypervisor ended; {limits.relaunch:g} s to be started again")
            await until_relaunched(console, limits.relaunch, lambda: self._relaunched(born))
        progress(f"{console}: booting")

    async def _after_shutdown(self, born: Birth) -> str:
        """Wait until the guest has shut down; give the VM's state."""
        try:
            async with asyncio.timeout(self._limits.shutdown):
                await until(lambda: self._ended(born))
        except TimeoutError:
            raise unheeded(self._console, self._limits.shutdown, await self._seen()) from None
        return await self._seen()

    async def _ended(self, born: Birth) -> bool:
        state = await self._seen()
        return state == OFF or state in BOOTABLE or birth(self._path) != born

    async def _relaunched(self, born: Birth) -> bool:
        return await self._seen() != OFF and birth(self._path) != born

    async def _seen(self) -> str:
        """Give the VM's state; `off` where there is no hypervisor to ask."""
        try:
            return await self._state()
        except (HungUp, Problem):
            return OFF


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None

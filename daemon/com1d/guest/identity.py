"""Which VM is behind a console: not a name, which another VM may get, but the VM's UUID.

The hypervisor is asked each time that the port opens: before, so that no guest has to wait for the
answer, and behind, where it could not be told before. A VM with another UUID than the one known is
another VM: its bytes belong to another history, and this console has to end.
"""

import asyncio
import contextlib
from collections.abc import Callable, Hashable
from typing import Final, Protocol

from com1d.control.attempt import HungUp
from com1d.core.carried import carried
from com1d.errors import PortDown, Problem, Unsupported
from com1d.loop.flag import Flag
from com1d.loop.tasks import telling


BEFORE_SECONDS: Final = 1.0
"""How long a port waits for the answer before it opens: QEMU takes milliseconds."""

BEHIND_SECONDS: Final = 0.25
"""And with an open line that nobody reads, where a guest may have to wait."""

AGAIN_SECONDS: Final = 2.0
"""Between two questions where there was no answer; twice as long each time."""

LONGEST_SECONDS: Final = 60.0

DOUBT_SECONDS: Final = 5.0
"""How long nobody is let in while it is not known whether the VM is the one of the log. A recovery
console must not depend on a monitor that is stuck, so it ends."""


class Teller(Protocol):
    """Whoever knows the VM, such as its `Control`."""

    async def uuid(self) -> str:
        """Give the UUID; empty where the VM has none. Raises `Problem` and `HungUp`."""

    def birth(self) -> Hashable:
        """Give what is another with each process of the hypervisor, as far as that can be seen."""


@carried(
    without={
        "_another": "of the daemon",
        "_known": "asked anew for the next line",
        "_learnt": "of the console",
        "_settled": "nobody waits: who is let in is waited for",
        "_task": "of the process",
        "_teller": "of the console",
        "strange": "of a console that ends",
    }
)
class Identity:
    """The UUID of one console's VM."""

    __slots__ = (
        "_another", "_known", "_learnt", "_settled", "_task", "_teller", "strange", "trouble",
        "uuid",
    )  # fmt: skip

    def __init__(
        self,
        uuid: str,
        teller: Teller | None,
        learnt: Callable[[str], None],
        another: Callable[[str], None],
    ) -> None:
        """Begin with the UUID that the log has; without a `teller` it stays so.

        `learnt` gets the UUID that becomes known, `another` that of a VM in this one's place.
        """
        self.uuid = uuid
        """Empty while it is not known."""
        self.trouble = ""
        """Why it is not certain that the VM is still this one; empty where nobody doubts it."""
        self.strange = False
        """Whether the open line was found to be another VM's from its beginning."""
        self._teller = teller
        self._learnt = learnt
        self._another = another
        self._known: Hashable = None
        """The hypervisor's process that has told the UUID."""
        self._settled = Flag()
        """Set while nobody doubts the UUID, or has for too long."""
        self._task: asyncio.Task[None] | None = None
        if teller is None or not uuid:
            self._settled.set()

    async def before(self) -> None:
        """Ask before the port is opened. Raises `PortDown` where another VM is there."""
        birth = None if self._teller is None else self._teller.birth()
        if birth is not None and birth != self._known:
            self._known = None if await self._silent(BEFORE_SECONDS) else birth
        self._settled.set()  # while there is no VM, the console is the last one's

    async def behind(self) -> None:
        """Make sure that the line is to the VM that was asked. Raises `PortDown` if it is not."""
        teller = self._teller
        if teller is None or (self._known is not None and self._known == teller.birth()):
            return
        if self.uuid:
            self._settled.clear()
        self._known = teller.birth()
        self.trouble = await self._silent(BEHIND_SECONDS)
        if self.trouble and self._task is None:
            self._ask_later()

    @property
    def lasts(self) -> bool:
        """Whether nothing can tell that another VM has come behind an open line."""
        return self._teller is None

    async def again(self) -> None:
        """Ask once more where the hypervisor is another process by now. Raises `PortDown`."""
        birth = None if self._teller is None else self._teller.birth()
        if self._known is None:  # of a line that another process of ours has opened
            self._known = birth
        elif birth is not None and birth != self._known:
            await self.behind()

    def go_on(self) -> None:
        """Ask on, where another process had not been told."""
        self._settled.set()
        if self.trouble:
            self._ask_later()

    def _ask_later(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._ask_on())
        self._task.add_done_callback(telling("asking for a VM's UUID failed"))

    async def settled(self) -> None:
        """Return when it is known which VM this is, or not to be had in time."""
        if not self._settled.is_set:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(DOUBT_SECONDS):
                    await self._settled.wait()
            self._settled.set()

    async def close(self) -> None:
        """Ask no more, and drop the callbacks."""
        self._learnt = self._another = _nobody
        self._teller = None
        self._settled.set()
        task, self._task = self._task, None  # which refers to us, by its traceback
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))

    async def _ask_on(self) -> None:
        """Ask until there is an answer: the port is open, and the monitor busy or stuck."""
        pause, asked = AGAIN_SECONDS, self._known
        try:
            while self.trouble:
                await asyncio.sleep(pause)
                pause = min(2 * pause, LONGEST_SECONDS)
                asked = self._known
                self.trouble = await self._silent(BEFORE_SECONDS)
        except PortDown:  # told by `another`
            self.strange = self._teller is not None and asked in (None, self._teller.birth())
        self._task = None

    async def _silent(self, seconds: float) -> str:
        """Ask once; give why there was no answer. Raises `PortDown`."""
        if self._teller is None:
            return ""
        try:
            async with asyncio.timeout(seconds):
                uuid = await self._teller.uuid()
        except (TimeoutError, HungUp):
            return "its hypervisor does not say in time which VM it is"
        except Unsupported:
            self._teller = None
        except Problem as problem:
            return f"its hypervisor does not say which VM it is: {problem.detail}"
        else:
            self._judge(uuid)
        self._settled.set()
        return ""

    def _judge(self, uuid: str) -> None:
        if self.uuid and uuid != self.uuid:
            self._known = None  # or the next try would have the other VM's line
            self._another(uuid)
            raise PortDown(f"another VM is there now: {uuid or 'without a UUID'}, not {self.uuid}")
        if uuid != self.uuid:
            self.uuid = uuid
            self._learnt(uuid)


def _nobody(_uuid: str) -> None:
    """Tell nobody: the console is gone."""

"""The connection to a libvirt: one for each URI, however many consoles use it, kept open for ever.

libvirt-python blocks, so its calls are made in a thread, one after the other. Events and the
keep-alive of the connection need libvirt's own event loop, which runs in another thread, one for
the process. Neither computes anything: both wait, without the interpreter lock.
"""

import asyncio
import contextlib
import random
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import Any, Final, TypeVar

from com1d.control.attempt import HungUp
from com1d.core.stream.backoff import Backoff
from com1d.errors import ControlRefused, NotRunning, Unsupported
from com1d.loop.worker import Worker
from com1d.values import dataclass


T = TypeVar("T")

KEEPALIVE: Final = (5, 3)
"""Seconds between two signs of life, and how many may fail: a libvirt that hangs is given up after
20 s, and a call that waits for it fails."""

FIRST_PAUSE: Final = 1.0
LONGEST_PAUSE: Final = 30.0
"""Seconds between tries to connect: as for QMP."""

CLOSE_SECONDS: Final = 0.5
"""How long closing the connection may take: it is one message, and the whole daemon has 2 s to
stop."""

MISSING: Final = "com1d needs libvirt-python for this: run pip install 'com1d[libvirt]'"


@dataclass(frozen=True, slots=True)
class News:
    """An event of a domain, or, without a domain, of the connection."""

    what: str
    """`lifecycle`, `reboot` or `watchdog` of a domain; `up` or `down` of the connection."""
    domain: str = ""
    event: int = 0
    """Of a lifecycle: VIR_DOMAIN_EVENT_…; of a watchdog, what was done about it."""
    detail: int = 0


Ear = Callable[[News], None]

CONNECTION: Final = ""
"""In place of a domain's name: gets the events of all domains and of the connection."""


class LibvirtLink:
    """Owns the connection, its thread, and the task that keeps both."""

    def __init__(self, uri: str) -> None:
        """Connect. To be called in the loop. Raises `ImportError` without libvirt-python."""
        import libvirt  # noqa: PLC0415 -- an extra

        self.uri = uri
        self.reason = "not tried yet"
        """Why there is no connection, for people."""
        self._libvirt: Any = libvirt
        self._loop = asyncio.get_running_loop()
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._sooner = asyncio.Event()
        self._connection: Any = None
        self._ears: dict[str, list[Ear]] = {}
        _run_events(libvirt)
        self._worker = Worker("com1d-libvirt")
        self._task = self._loop.create_task(self._keep())

    def listen(self, domain: str, ear: Ear) -> None:
        """Call `ear`, in the loop, with each event of a domain."""
        self._ears.setdefault(domain, []).append(ear)

    def ignore(self, domain: str, ear: Ear) -> bool:
        """Undo `listen`; true where nobody listens any more."""
        self._ears[domain].remove(ear)
        if not self._ears[domain]:
            del self._ears[domain]
        return not self._ears

    @property
    def is_up(self) -> bool:
        """Whether there is a connection."""
        return self._connection is not None

    def retry(self) -> None:
        """Try to connect now."""
        self._backoff.reset()
        self._sooner.set()

    async def call(self, console: str, work: Callable[[Any], T]) -> T:
        """Call `work` with the connection in the thread; errors of libvirt's become problems.

        Raises `HungUp`, `NotRunning`, `Unsupported` and `ControlRefused`.
        """
        if self._connection is None:
            self.retry()
            raise ControlRefused(f"{console}: {self.uri} cannot be reached: {self.reason}")
        connection = self._connection
        try:
            return await self._worker.call(lambda: work(connection))
        except self._libvirt.libvirtError as error:
            raise self._problem(console, error) from None

    async def close(self) -> None:
        """Close the connection for good. A call that is stuck is left behind."""
        self._task.cancel()
        await asyncio.wait((self._task,))
        hung_up = self._worker.call(self._hang_up)
        self._worker.end()
        await asyncio.wait((hung_up,), timeout=CLOSE_SECONDS)

    def _problem(self, console: str, error: Any) -> Exception:
        libvirt, text = self._libvirt, f"{console}: libvirt: {error.get_error_message()}"
        match error.get_error_code():
            case libvirt.VIR_ERR_NO_DOMAIN | libvirt.VIR_ERR_OPERATION_INVALID:
                return NotRunning(text)
            case libvirt.VIR_ERR_NO_SUPPORT | libvirt.VIR_ERR_CONFIG_UNSUPPORTED:
                return Unsupported(text)
            case _ if self._connection is None or error.get_error_domain() == libvirt.VIR_FROM_RPC:
                return HungUp()
        return ControlRefused(text)

    # -- keeping it open ------------------------------------------------------------------------

    async def _keep(self) -> None:
        while True:
            lost: asyncio.Future[str] = self._loop.create_future()
            self._sooner.clear()
            try:
                self._connection = await self._worker.call(partial(self._open, lost))
            except self._libvirt.libvirtError as error:
                self.reason = error.get_error_message()
                self._tell(News("down"))
                await self._pause()
                continue
            self._backoff.reset()
            self._tell(News("up"))
            self.reason = await lost
            await self._worker.call(self._hang_up)
            self._tell(News("down"))

    async def _pause(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._backoff.failed(random.random())):  # noqa: S311 - jitter
                await self._sooner.wait()

    def _tell(self, news: News) -> None:
        ears = self._ears.get(CONNECTION, [])
        for ear in (*ears, *(self._ears.get(news.domain, ()) if news.domain else ())):
            ear(news)

    # -- in the thread --------------------------------------------------------------------------

    def _open(self, lost: "asyncio.Future[str]") -> Any:
        libvirt = self._libvirt
        connection = libvirt.open(self.uri)

        def closed(_connection: Any, _reason: int, _opaque: Any) -> None:
            self._soon(_lose, lost)

        # The driver `test` can do some of this only.
        for wish in (
            lambda: connection.setKeepAlive(*KEEPALIVE),
            lambda: connection.registerCloseCallback(closed, None),
            lambda: self._hear(connection, libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, "lifecycle"),
            lambda: self._hear(connection, libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, "reboot"),
            lambda: self._hear(connection, libvirt.VIR_DOMAIN_EVENT_ID_WATCHDOG, "watchdog"),
        ):
            with contextlib.suppress(libvirt.libvirtError):
                wish()
        return connection

    def _hear(self, connection: Any, kind: int, what: str) -> None:
        def heard(_connection: Any, domain: Any, *values: Any) -> None:
            event, detail, *_ = (*values[:-1], 0, 0)  # the last is the opaque value
            self._soon(self._tell, News(what, domain.name(), event, detail))

        connection.domainEventRegisterAny(None, kind, heard, None)

    def _soon(self, call: Callable[..., None], *arguments: Any) -> None:
        with contextlib.suppress(RuntimeError):  # the loop is closed
            self._loop.call_soon_threadsafe(call, *arguments)

    def _hang_up(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with contextlib.suppress(self._libvirt.libvirtError):
                connection.close()


def _lose(lost: "asyncio.Future[str]") -> None:
    if not lost.done():
        lost.set_result("libvirt hung up")


_links: Final[dict[str, LibvirtLink]] = {}


def join(uri: str, domain: str, ear: Ear) -> LibvirtLink:
    """Give the link to a libvirt, and call `ear` with a domain's events until `leave`.

    Raises `ImportError` without libvirt-python.
    """
    if uri not in _links:
        _links[uri] = LibvirtLink(uri)
    _links[uri].listen(domain, ear)
    return _links[uri]


async def leave(link: LibvirtLink, domain: str, ear: Ear) -> None:
    """Undo `join`; the last one closes the connection."""
    if link.ignore(domain, ear):
        del _links[link.uri]
        await link.close()


def reason(uri: str) -> str:
    """Give the reason why a libvirt that was joined has no connection."""
    return _links[uri].reason


def _run_events(libvirt: Any) -> None:
    """Run libvirt's event loop in a thread, once for the process and for ever."""
    if _events:
        return
    libvirt.registerErrorHandler(lambda _opaque, _error: None, None)  # else libvirt prints errors
    libvirt.virEventRegisterDefaultImpl()

    def run() -> None:
        while True:
            libvirt.virEventRunDefaultImpl()

    _events.append(Thread(target=run, name="com1d-libvirt-events", daemon=True))
    _events[0].start()


_events: Final[list[Thread]] = []

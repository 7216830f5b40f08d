"""The connection to QEMU's monitor, kept open for ever; failures are not logged.

Or, where the monitor is shared with the program that runs the VM, made for what is asked in a row
and let go: QEMU serves one client at a time, and the others time out meanwhile.

Of qemu.qmp, three things are worth knowing here. A client whose connection is lost waits for
`disconnect()`, which then raises whatever ended it (`EOFError` when QEMU quits), so that every
connection gets a client of its own and its end is swallowed. An `EventListener` keeps every event
that it ever accepted, so that ours accept none and look at each as it comes. And a client reads all
that is buffered without letting the loop go on, so that ours pauses after each event.
"""

import asyncio
import contextlib
import logging
import random
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, Final

from qemu.qmp import (
    ConnectError,
    ExecInterruptedError,
    ExecuteError,
    QMPClient,
    QMPError,
    Runstate,
    StateError,
)

from com1d.control.attempt import HungUp
from com1d.control.base import OFF
from com1d.control.dial import NOWHERE, birth, dial
from com1d.control.problems import ControlBusy
from com1d.control.qmp_ear import Ear
from com1d.core.stream.backoff import Backoff
from com1d.errors import ControlRefused, NotRunning, PortTimeout, Problem, Unsupported
from com1d.loop.tasks import finished, telling
from com1d.loop.unix_sockets import clients


GREETING_SECONDS: Final = 1.0
"""Seconds to wait for QEMU's greeting, which takes a millisecond unless QEMU serves another client
or is stuck."""

MESSAGE_BYTES: Final = 65536
"""The longest message of QEMU's that is read; a longer one ends the connection. What is asked for
here takes some 100 bytes a character device; and 64 KiB parse in a millisecond."""

FIRST_PAUSE: Final = 1.0
"""Seconds after a failed try. Nobody waits for these: `retry`, and every verb, tries at once. When
thousands of VMs are off as the daemon starts, the pause spreads their tries out."""

LONGEST_PAUSE: Final = 30.0
"""Seconds between two tries in the long run."""

logging.getLogger("qemu.qmp").addHandler(logging.NullHandler())
"""qemu.qmp logs every lost connection as an error, to stderr where there is no handler."""


class QmpLink:
    """Owns the connection, one task, and the socket."""

    def __init__(
        self,
        path: str,
        console: str,
        *,
        hear: Callable[[str, Mapping[str, Any]], None],
        lost: Callable[[], None],
        jitter: Callable[[], float] = random.random,
        found_port: str = "",
        shared: bool = False,
    ) -> None:
        """Take the callbacks; `start` begins.

        `found_port` is as in `dial`. With `shared`, it is connected only while somebody asks.

        `hear` gets every event, its name and the whole of it; `lost` is called when a connection
        has ended. `jitter` gives random numbers in [0, 1).
        """
        self.birth = NOWHERE
        """Identifies the socket that we are connected to: another QEMU makes another one."""
        self._path = path
        self._console = console
        self._found_port = found_port
        self.shared = shared
        self._uses = 0
        self._hear = hear
        self._lost = lost
        self._backoff = Backoff(FIRST_PAUSE, LONGEST_PAUSE)
        self._jitter = jitter
        self._connecting = asyncio.Lock()
        self._client: QMPClient | None = None
        self._socket: socket.socket | None = None
        self._ear: Ear | None = None
        self._sooner = asyncio.Event()
        self._stopped = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to keep the connection open, where it is not shared."""
        if self.shared:
            return
        self._task = asyncio.get_running_loop().create_task(self._run())
        self._task.add_done_callback(telling("the keeper of a QMP connection failed"))

    async def stop(self) -> None:
        """Close the connection for good.

        Not by cancelling: qemu.qmp has to finish its `disconnect()`.
        """
        self._stopped = True
        self._sooner.set()
        self._cut()
        if self._task is not None:
            await asyncio.wait((self._task,))

    def retry(self) -> None:
        """Try to connect now, because something has changed."""
        self._backoff.reset()
        self._sooner.set()

    @contextlib.asynccontextmanager
    async def use(self) -> AsyncIterator[None]:
        """Stay connected for what is asked in a row; the last one out lets a shared monitor go."""
        self._uses += 1
        try:
            yield
        finally:
            self._uses -= 1
            if self.shared and not self._uses and self._client is not None:
                client, self._client = self._client, None
                await _hang_up(client)

    async def execute(self, command: str, **arguments: Any) -> Any:
        """Run a QMP command, on a connection made for it where there is none.

        Raises `HungUp` when QEMU may or may not have done it, `ControlRefused` and `Unsupported`
        when it said no, and what connecting raises.
        """
        async with self.use():
            return await self._execute(command, arguments)

    async def _execute(self, command: str, arguments: Mapping[str, Any]) -> Any:
        try:
            client = await self._connected()
        except _Silent as silence:
            raise await self._explain(silence.path) from None
        try:
            return await client.execute(command, arguments)
        except ExecuteError as error:
            kind = Unsupported if error.error_class == "CommandNotFound" else ControlRefused
            raise kind(f"{self._console}: QEMU refused {command}: {error}") from None
        except (ExecInterruptedError, StateError):
            raise HungUp from None
        except QMPError as error:
            raise ControlRefused(
                f"{self._console}: QEMU's answer to {command} is not valid QMP: {error}"
            ) from None

    async def ask(self, command: str, **arguments: Any) -> Any:
        """Run a command that changes nothing; again, where the connection broke meanwhile."""
        try:
            return await self.execute(command, **arguments)
        except HungUp:
            return await self.execute(command, **arguments)

    # -- keeping the connection -----------------------------------------------------------------

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while not self._stopped:
            try:
                client = await self._connected()
            except (Problem, _Silent):  # a verb that meets the same error reports it
                await self._pause(self._backoff.failed(self._jitter()))
                continue
            began = loop.time()
            while client.runstate is Runstate.RUNNING:
                await client.runstate_changed()
            await _hang_up(client)
            self._lost()
            await self._pause(self._backoff.ended(loop.time() - began, self._jitter()))
        async with self._connecting:  # where a verb was about to connect
            if self._client is not None and self._client.runstate is Runstate.RUNNING:
                self._cut()
                await _hang_up(self._client)

    async def _pause(self, seconds: float) -> None:
        if not self._stopped:
            self._sooner.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._sooner.wait()

    def _cut(self) -> None:
        """Shut the socket down, so that nothing waits for QEMU any more."""
        if self._ear is not None:
            self._ear.close()
        if self._socket is not None:
            with contextlib.suppress(OSError):  # it has ended
                self._socket.shutdown(socket.SHUT_RDWR)

    async def _connected(self) -> QMPClient:
        """Give a client that is connected. Raises `Problem` and `_Silent` where there is none."""
        async with self._connecting:
            if self._stopped:
                raise NotRunning(f"{self._console}: com1d stops serving this console")
            client = self._client
            if client is not None and client.runstate is Runstate.RUNNING and not self._displaced:
                return client
            self._client = None
            if client is not None:  # made by a verb, and lost before the keeper saw it
                await _hang_up(client)
            self._client = await self._connect()
            self._sooner.set()
            return self._client

    @property
    def _displaced(self) -> bool:
        """Whether another QEMU has its socket where ours was, so that a reset would reach neither.

        One that was merely removed leaves the connection as it is: the VM is the same.
        """
        return birth(self._path) not in (NOWHERE, self.birth)

    async def _connect(self) -> QMPClient:
        try:
            self._socket = dial(self._path, self._console, self._found_port)
        except ControlBusy:
            raise _Silent(self._path) from None
        peer = self._socket.getpeername()
        born = birth(self._path)
        client = QMPClient(readbuflen=MESSAGE_BYTES)
        client.events.event_filter = lambda _: False
        self._ear = Ear(self._hear)
        client.register_listener(self._ear)
        greeted = False
        try:
            greeted = await finished(client.connect(self._socket), self._cut, GREETING_SECONDS)
        except AssertionError:
            greeted = True  # the client reports a lost connection: its next user notices
        except Exception as error:
            raise self._no_qmp(error) from error
        finally:
            if not greeted:
                self._socket.close()  # where the client had not taken it over yet
        if not greeted:
            raise _Silent(peer)
        self.birth = born
        return client

    async def _explain(self, path: str) -> Problem:
        """Say why there was no greeting on the socket that is bound to `path`."""
        if await asyncio.to_thread(_serves_another, path):
            return ControlBusy(
                f"{self._console}: QEMU serves another program on {self._path}, and one at a time; "
                "give com1d one of its own: QEMU takes any number of "
                "-qmp unix:PATH,server=on,wait=off"
            )
        return PortTimeout(f"{self._console}: QEMU does not greet on {self._path}: it is stuck")

    def _no_qmp(self, error: Exception) -> Problem:
        """Say why the connection ended before a greeting."""
        if isinstance(error, ConnectError) and isinstance(error.exc, EOFError | OSError):
            return NotRunning(
                f"{self._console}: QEMU hung up on {self._path}: it is ending", state=OFF
            )
        return ControlRefused(
            f"{self._console}: what listens on {self._path} does not speak QMP; QEMU has it there "
            "with -qmp unix:PATH,server=on,wait=off"
        )


class _Silent(Exception):
    """QEMU accepts our connection, or has it in its backlog, but does not greet.

    The reason is found only when it is asked for: that reads the kernel's list of all sockets, 10
    ms on a host with thousands of VMs.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


async def _hang_up(client: QMPClient) -> None:
    """Release a client whose connection has ended, whatever ended it."""
    with contextlib.suppress(Exception):
        await finished(client.disconnect(), lambda: None)


def _serves_another(path: str) -> bool:
    """Tell whether QEMU has accepted a connection to `path`; ours, in the backlog, it has not."""
    try:
        return bool(clients(Path(path).stat()))
    except OSError:
        return False

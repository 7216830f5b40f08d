"""A Cloud Hypervisor's API, served by h11 on a Unix socket: what its source says that it answers.

The real one needs KVM, which test machines do not have. The paths, methods, status codes and the
errors, a JSON list of texts from cause to cause, are those of its `vmm/src/api/http` and OpenAPI
document; a 204 has no reason phrase, connections stay open, one request is answered at a time.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import h11

from control.server import listening


class Hypervisor:
    """One VMM process and its VM."""

    def __init__(self, state: str | None = "Running", *, stays: bool = False) -> None:
        self.state = state
        """As `vm.info` has it; None: no VM has been created."""
        self.uuid = ""
        """Of `--platform uuid=`; it may be anything, and there may be none."""
        self.stays = stays
        """Whether it runs with --no-shutdown."""
        self.asked: list[str] = []
        """The actions that were asked for, without `vm.info`."""
        self.hangs_up_on = ""
        """An action at which it ends before it answers."""
        self.silent_on = ""
        """An action that it never answers."""
        self.gone = asyncio.Event()
        """Set when the process ends."""

    def act(self, method: str, path: str) -> tuple[int, object]:
        """Give status and JSON body."""
        action = path.removeprefix("/api/v1/vm.")
        if (method, action) == ("GET", "info"):
            if self.state is None:
                return 404, ["Error from API", "The VM info is not available", "VM is not created"]
            platform = {"uuid": self.uuid} if self.uuid else None
            return 200, {
                "config": {"cpus": {"boot_vcpus": 1}, "platform": platform}, "state": self.state
            }  # fmt: skip
        self.asked.append(action)
        if method != "PUT" or action not in ("nmi", "reboot", "boot", "power-button"):
            return 404, ["Not Found"]
        if self.state is None:
            return 404, ["Error from API", "VM is not created"]
        if action == "boot":
            self.state = "Running"
        elif self.state not in ("Running", "Paused"):
            return 500, ["Error from API", f"The VM could not {action}", "VM is not running"]
        return 204, None

    def shut_down(self) -> None:
        """Do what happens when the guest powers off."""
        self.state = "Shutdown"
        if not self.stays:
            self.gone.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other."""
        http = h11.Connection(h11.SERVER)
        while True:
            event = http.next_event()
            if event is h11.NEED_DATA:
                http.receive_data(await reader.read(4096))
            elif isinstance(event, h11.Request):
                target = event.target.decode()
                if self.hangs_up_on and target.endswith(self.hangs_up_on):
                    self.hangs_up_on = ""
                    return
                if self.silent_on and target.endswith(self.silent_on):
                    await reader.read()
                    return
                writer.write(answer(http, *self.act(event.method.decode(), target)))
            elif isinstance(event, h11.EndOfMessage):
                http.start_next_cycle()
            else:
                return


def answer(http: h11.Connection, status: int, value: object) -> bytes:
    """Write a response."""
    body = b"" if value is None else json.dumps(value).encode()
    headers = [("Server", "Cloud Hypervisor API"), ("Connection", "keep-alive")]
    if body:
        headers += [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
    data = http.send(h11.Response(status_code=status, headers=headers))
    data += http.send(h11.Data(data=body)) if body else b""
    return data + http.send(h11.EndOfMessage())


@asynccontextmanager
async def running(path: Path, hypervisor: Hypervisor) -> AsyncIterator[None]:
    """Let a VMM process live until this block, or its guest, ends it."""
    remove(path)
    async with listening(path, hypervisor.serve):
        ending = asyncio.create_task(end(path, hypervisor))
        try:
            yield
        finally:
            ending.cancel()
            await asyncio.gather(ending, return_exceptions=True)


async def end(path: Path, hypervisor: Hypervisor) -> None:
    """End the process, and its socket with it."""
    await hypervisor.gone.wait()
    remove(path)


def remove(path: Path) -> None:
    """Take a socket away."""
    path.unlink(missing_ok=True)

"""What people sit at: socat on a raw socket, and `com1 connect` in a real terminal emulator."""

import asyncio
import shlex
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from frontends.harness import CLIENT, Daemon
from guests.line import Line
from guests.served import until


@asynccontextmanager
async def socat(path: Path) -> AsyncIterator[Line]:
    """Give the keyboard and screen of a socat that is connected to `path`."""
    ours, theirs = socket.socketpair()
    with theirs:
        process = await asyncio.create_subprocess_exec(
            "socat", "-", f"UNIX-CONNECT:{path}", stdin=theirs.fileno(), stdout=theirs.fileno()
        )
    try:
        with Line(ours.detach()) as line:
            yield line
    finally:
        process.terminate()
        await process.wait()


class Tmux:
    """One program in a tmux of its own; its exit code is the last that the screen shows."""

    def __init__(self, folder: Path, command: list[str]) -> None:
        self._tmux = ["tmux", "-u", "-S", f"{folder}/tmux", "-f", "/dev/null"]
        # tmux 3.3 may miss the end of its own child, so a shell waits for it.
        script = f"{shlex.join(command)}; echo exit code $?; read _"
        self._run("new-session", "-d", "-x", "80", "-y", "24", "--", script)

    def _run(self, *arguments: str) -> bytes:
        return subprocess.run([*self._tmux, *arguments], capture_output=True, check=True).stdout

    async def send(self, data: bytes) -> None:
        """Press keys."""
        self._run("send-keys", "-H", *(f"{byte:02x}" for byte in data))

    async def expect(self, wanted: bytes) -> bytes:
        """Wait until the last line of the screen begins with `wanted`; give the screen."""
        try:
            await until(lambda: self._screen().rpartition(b"\n")[2].startswith(wanted.rstrip()))
        except TimeoutError:
            raise TimeoutError(f"no {wanted!r}, the screen is {self._screen()!r}") from None
        return self._screen()

    def _screen(self) -> bytes:
        return self._run("capture-pane", "-p").rstrip()

    def close(self) -> None:
        """End it, and whatever runs in it."""
        self._run("kill-server")


def com1_in_tmux(daemon: Daemon, folder: Path) -> Tmux:
    """Run `com1 connect vm` in a terminal."""
    return Tmux(folder, [*CLIENT, "--socket", daemon.socket, "connect", "vm"])

"""QEMU's monitor as far as asking goes: one client at a time, a greeting for each in its turn.

What QEMU 7.2 does on a socket made with `server=on,wait=off`: the next client waits in the backlog,
without a greeting, until the one before has left.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from control.hypervisor import remove
from control.server import GREETING, asked, line, listening


UNKNOWN = {"class": "CommandNotFound", "desc": "there is none"}


class Monitor:
    """The monitor of one VM."""

    def __init__(self, uuid: str) -> None:
        self.uuid = uuid
        self.asked: list[str] = []
        """The commands, in order."""
        self.served = 0
        """Clients that it has served to their ends."""
        self.turn = asyncio.Lock()
        """Who has it, is served; the others wait."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one client."""
        async with self.turn:
            writer.write(line(GREETING))
            while True:
                command = await asked(reader)
                said = {"id": command["id"]} if "id" in command else {}
                name = str(command["execute"])
                self.asked.append(name)
                answers = {
                    "qmp_capabilities": {},
                    "query-status": {"status": "running", "running": True},
                    "query-uuid": {"UUID": self.uuid},
                    "query-balloon": {"actual": 1 << 30},
                }
                known = name in answers
                answer = {"return": answers[name]} if known else {"error": UNKNOWN}
                writer.write(line(answer | said))


@asynccontextmanager
async def monitor_at(path: Path, uuid: str) -> AsyncIterator[Monitor]:
    """Have a VM's monitor at `path`; its socket goes with it."""
    monitor = Monitor(uuid)
    async with listening(path, monitor.serve):
        try:
            yield monitor
        finally:
            remove(path)

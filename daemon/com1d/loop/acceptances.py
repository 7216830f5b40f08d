"""Whether VMs have accepted our connections, asked of the kernel for many ports at once.

About one connection it is asked cheaply where there are few sockets. But it goes through all of the
host's for each: 1.3 ms where 4,000 VMs are served, which would make the start of thousands of
consoles quadratic.
"""

import asyncio
import os
import socket
from typing import Final

from com1d.loop.unix_sockets import accepted, is_accepted


FEW: Final = 8
"""Connections that the kernel is asked about one by one. A list of all that 4,000 VMs have takes it
7 ms, and tells of any number."""

REST_SECONDS: Final = 0.02
"""Between two such lists, so that thousands of ports that open together share few."""


class Acceptances:
    """Questions that wait for an answer, and the task that gets it."""

    def __init__(self) -> None:
        """Begin without questions."""
        self._asked: dict[socket.socket, asyncio.Future[bool]] = {}
        """Bounded by the number of ports: each asks of one connection at a time."""
        self._at_work: asyncio.Task[None] | None = None

    async def has(self, connection: socket.socket) -> bool:
        """Say whether the far end has accepted; true where the kernel does not tell."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked[connection] = answer
        if self._at_work is None:
            self._at_work = asyncio.create_task(self._work())
        return await answer

    async def _work(self) -> None:
        """Answer all questions, those that come meanwhile together."""
        try:
            while self._asked:
                asked, self._asked = self._asked, {}
                waited = {one: answer for one, answer in asked.items() if not answer.done()}
                if len(waited) <= FEW:
                    for one, answer in waited.items():
                        answer.set_result(is_accepted(one))
                    continue
                known = await _listed({os.fstat(one.fileno()).st_ino for one in waited})
                for one, answer in waited.items():
                    if not answer.done():  # else its connection may be closed by now
                        answer.set_result(known.get(os.fstat(one.fileno()).st_ino, True))
                await asyncio.sleep(REST_SECONDS)
        finally:
            self._at_work = None


async def _listed(inodes: set[int]) -> dict[int, bool]:
    """Look for connections in the list of all; those that are missing have nobody at their end."""
    known: dict[int, bool] = {}
    try:
        for part in accepted(inodes):
            known.update(part)
            await asyncio.sleep(0)
    except OSError:  # no sock_diag here (seccomp, an old kernel): assume that all were accepted
        known.clear()
    return known


ACCEPTANCES: Final = Acceptances()
"""Shared by all ports, as the list is the same for each."""

"""Many connections whose far ends accept or do not, told apart by few questions."""

import asyncio
import socket
from contextlib import ExitStack

import pytest

from com1d.loop import acceptances
from com1d.loop.acceptances import FEW, Acceptances
from com1d.loop.unix_sockets import accepted


def connected(stack: ExitStack, path, count: int) -> tuple[socket.socket, list[socket.socket]]:
    """Give a server, and connections that wait in its backlog."""
    server = stack.enter_context(socket.socket(socket.AF_UNIX))
    server.bind(str(path))
    server.listen(count)
    ours = [stack.enter_context(socket.socket(socket.AF_UNIX)) for _ in range(count)]
    for one in ours:
        one.connect(str(path))
    return server, ours


@pytest.mark.parametrize("count", [1, FEW, FEW + 1, 20 * FEW])
async def test_all_are_told_apart(run_dir, count: int):
    """Few are asked for one by one, many by one list: the answers are the same."""
    with ExitStack() as stack:
        server, ours = connected(stack, run_dir / "s", count)
        for _ in range(count // 2):
            stack.enter_context(server.accept()[0])
        asking = Acceptances()
        answers = await asyncio.gather(*(asking.has(one) for one in ours))

    assert [n < count // 2 for n in range(count)] == answers


async def test_many_questions_need_one_list(run_dir, monkeypatch):
    """A thousand consoles that start together do not have the kernel look a thousand times."""
    lists = []

    def counted(inodes):
        lists.append(len(inodes))
        return accepted(inodes)

    monkeypatch.setattr(acceptances, "accepted", counted)
    with ExitStack() as stack:
        _, ours = connected(stack, run_dir / "s", 5 * FEW)
        asking = Acceptances()
        await asyncio.gather(*(asking.has(one) for one in ours))

    assert [5 * FEW] == lists


async def test_a_kernel_that_does_not_tell_accepts(run_dir, monkeypatch):
    """Where there is no sock_diag, a port counts as open, as on other programs."""

    def refused(_inodes):
        raise PermissionError

    monkeypatch.setattr(acceptances, "accepted", refused)
    with ExitStack() as stack:
        _, ours = connected(stack, run_dir / "s", FEW + 1)
        asking = Acceptances()
        answers = await asyncio.gather(*(asking.has(one) for one in ours))

    assert all(answers)


async def test_who_no_longer_asks_keeps_nobody_waiting(run_dir):
    """A port that is closed while the kernel is asked takes its connection with it."""
    with ExitStack() as stack:
        _, ours = connected(stack, run_dir / "s", 3 * FEW)
        asking = Acceptances()
        tasks = [asyncio.create_task(asking.has(one)) for one in ours]
        await asyncio.sleep(0)
        tasks[0].cancel()
        ours[0].close()
        answers = await asyncio.gather(*tasks[1:])

    assert not any(answers)

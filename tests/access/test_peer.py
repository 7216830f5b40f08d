"""Names of users, from a user directory that may hang."""

import asyncio
import os
import pwd
import socket
import threading

import pytest

from com1d.access import peer
from com1d.access.peer import Callers


ME = f"uid {os.geteuid()}"


@pytest.fixture
def pair():
    """Give a socket whose far end is ours."""
    near, far = socket.socketpair()
    with near, far:
        yield near


async def test_a_directory_that_hangs(pair, monkeypatch):
    """One thread waits for it; who comes next does not, and a late answer counts."""
    monkeypatch.setattr(peer, "NAME_SECONDS", 0.05)
    asked, answer = [], threading.Event()

    def find(uid: int) -> pwd.struct_passwd:
        asked.append(threading.current_thread().name)
        answer.wait(30)
        return pwd.getpwuid(uid)

    callers = Callers(find)
    crowd = await asyncio.gather(*(callers.identify(pair) for _ in range(20)))
    assert {ME} == {caller.user for caller in crowd}
    assert ME == (await callers.identify(pair)).user
    assert ["com1d-names"] == asked
    answer.set()
    async with asyncio.timeout(30):
        while (await callers.identify(pair)).user == ME:
            await asyncio.sleep(0)
    assert ["com1d-names"] == asked
    callers.close()


@pytest.mark.parametrize(("error", "asked"), [(KeyError, 1), (OSError, 2)])
async def test_a_user_without_a_name(pair, error: type[Exception], asked: int):
    """That there is none is remembered; that the directory failed is not."""
    calls = []

    def find(uid: int) -> pwd.struct_passwd:
        calls.append(uid)
        raise error

    callers = Callers(find)
    assert [ME, ME] == [(await callers.identify(pair)).user for _ in range(2)]
    assert asked == len(calls)
    callers.close()

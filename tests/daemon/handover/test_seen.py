"""What a person at `com1 connect` sees of a daemon that is killed, restarted and upgraded."""

import asyncio
import re
from contextlib import AsyncExitStack

import pytest

from daemon.handover.manager import managing_guest
from frontends.harness import Terminal


pytestmark = pytest.mark.one_loop

LINE = b"line %08d\r\n"


class Person:
    """At a terminal; what it shows is read in a thread."""

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self.seen = b""

    async def sees(self, words: bytes) -> None:
        self.seen += await asyncio.to_thread(self._terminal.shows, words)

    async def leaves(self) -> int:
        return await asyncio.to_thread(self._terminal.ends)

    def types(self, data: bytes) -> None:
        self._terminal.type(data)


async def test_a_person_loses_nothing_by_a_kill(run_dir):
    """Told what happened each time, with each line on the screen once, and keys that go on."""
    printed = 0
    async with managing_guest(run_dir) as (manager, first, guest), AsyncExitStack() as stack:
        daemon = first

        def prints() -> bytes:
            nonlocal printed
            guest.print(line := LINE % printed)
            printed += 1
            return line.rstrip()

        words = ["--socket", str(daemon.api), "connect", "web01"]
        person = Person(stack.enter_context(Terminal(*words)))
        await person.sees(b"Ctrl-]")
        for _ in range(3):
            await person.sees(prints())
            await manager.kept_is("web01/scrollback", "web01/line/out")
            await manager.killed(daemon)
            prints()
            daemon = await manager.begin()
            await person.sees(b"connected again")
            await person.sees(prints())
            person.types(b"x")
            assert b"x" == await guest.typed(1)
        daemon = await manager.restart(daemon)
        await person.sees(prints())
        person.types(b"y")
        assert b"y" == await guest.typed(1)
        person.types(b"\x1dq")
        assert 0 == await person.leaves()
        await manager.end(daemon, "stop")

    numbers = [int(number) for number in re.findall(rb"line (\d{8})", person.seen)]
    assert list(range(printed)) == numbers
    assert 3 == person.seen.count(b"connected again")
    assert 3 == person.seen.count(b"reconnecting, for")

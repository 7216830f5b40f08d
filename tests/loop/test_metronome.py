"""The beat from the kernel: even, restartable, and silent when told so."""

import asyncio
import os
import selectors
from pathlib import Path

import pytest

from com1d.loop.metronome import Metronome


class Listener:
    """Counts beats."""

    def __init__(self) -> None:
        self.beats = 0
        self._more = asyncio.Event()

    def beat(self) -> None:
        self.beats += 1
        self._more.set()

    async def until(self, count: int) -> None:
        async with asyncio.timeout(20):
            while self.beats < count:
                self._more.clear()
                await self._more.wait()


async def test_it_beats_until_it_is_stopped():
    """Beats come while it is set; after 0 none comes any more; set again, it goes on."""
    listener = Listener()
    metronome = Metronome(asyncio.get_running_loop(), listener.beat)
    other = Listener()
    witness = Metronome(asyncio.get_running_loop(), other.beat)

    metronome.set(0.001)
    await listener.until(3)
    metronome.set(0.0)
    count = listener.beats
    witness.set(0.002)
    await other.until(5)
    assert count == listener.beats

    metronome.set(0.001)
    await listener.until(count + 2)
    metronome.close()
    witness.close()


async def test_a_stop_that_comes_after_the_beat_is_due_holds():
    """Stopped in the very turn of the loop in which it has expired, it stays silent."""
    stopped, other = Listener(), Listener()
    metronome = Metronome(asyncio.get_running_loop(), stopped.beat)
    witness = Metronome(asyncio.get_running_loop(), other.beat)
    metronome.set(0.001)
    witness.set(0.0005)
    with selectors.DefaultSelector() as both:  # expired, while the loop sees nothing of it
        for descriptor in timers():
            both.register(descriptor, selectors.EVENT_READ)
        while len(both.select()) < 2:
            pass
    metronome.set(0.0)
    await other.until(5)

    assert 0 == stopped.beats
    metronome.close()
    witness.close()


def timers() -> list[int]:
    """Give the timerfds of this process."""
    targets = {int(fd.name): os.path.realpath(fd) for fd in Path("/proc/self/fd").iterdir()}
    return [fd for fd, target in targets.items() if "timerfd" in target]


def test_what_the_kernel_refuses_is_an_error():
    """A negative interval is no time; the kernel says so, and so do we."""

    async def refused() -> None:
        metronome = Metronome(asyncio.get_running_loop(), lambda: None)
        try:
            with pytest.raises(OSError, match="Invalid argument"):
                metronome.set(-0.5)
        finally:
            metronome.close()

    asyncio.run(refused())

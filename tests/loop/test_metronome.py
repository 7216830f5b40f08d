"""The beat from the kernel: even, restartable, and silent when told so."""

import asyncio

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
    """Stopped with an expiration pending, it stays silent: the next read finds nothing."""
    listener = Listener()
    metronome = Metronome(asyncio.get_running_loop(), listener.beat)
    metronome.set(0.001)
    metronome._expired()  # whether or not it has expired by now, this must not raise
    count = listener.beats
    metronome.set(0.0)
    metronome._expired()
    assert count == listener.beats
    metronome.close()


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

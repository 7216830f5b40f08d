"""Signals that come while a process hands over are noted for the next one, and not lost here."""

import asyncio
import os
import signal

from com1d.daemon.handover.signals import noting
from house import PATIENCE


async def test_what_comes_is_noted_and_reaches_the_loop_as_well():
    """The process that goes on after a refusal obeys; the one that takes over is sent them."""
    loop, heard = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGHUP, heard.set)
    try:
        with noting() as came:
            os.kill(os.getpid(), signal.SIGHUP)
            os.kill(os.getpid(), signal.SIGTERM)
            assert not heard.is_set()
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
        heard.clear()
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(PATIENCE):
            await heard.wait()
    finally:
        loop.remove_signal_handler(signal.SIGHUP)

    assert [signal.SIGHUP, signal.SIGTERM] == sorted(came)

"""The script of `com1 demo --check`, where it goes wrong."""

import asyncio

import pytest

from com1d.errors import EX_FAILURE
from com1d.frontends.demo import rehearsal
from com1d.frontends.session.link import ClientError
from frontends.double import Double


async def fails(double, *stories):
    async with double.tells(*stories):
        with pytest.raises(ClientError) as caught:
            await rehearsal._rehearse(double.socket, "demo", "linux")
    assert caught.value.exit_code == EX_FAILURE
    return caught.value.as_line()


async def test_a_guest_that_says_something_else(run_dir, monkeypatch):
    """The step that failed is named."""
    monkeypatch.setattr(rehearsal, "BOOT_SECONDS", 0.05)

    async def story(visit):
        await visit.attached()
        await visit.says(b"Kernel panic")
        await visit.gone()

    assert await fails(Double(run_dir), story) == (
        "com1: check-failed: The check failed. the first user waited 0.05 s for 'guest# '"
    )


async def test_a_daemon_that_does_not_preempt(run_dir, monkeypatch, capsys):
    """Two users at once are found out."""
    monkeypatch.setattr(rehearsal, "STEP_SECONDS", 0.2)
    stop = asyncio.Event()

    async def first(visit):
        await visit.attached()
        await visit.says(b"guest# ")
        assert await visit.hears() == b"uname -a\r"
        await visit.says(b"Linux guest 6.1\r\nguest# ")
        await stop.wait()

    async def second(visit):
        await visit.attached()
        await visit.gone()
        stop.set()

    assert "was not preempted" in await fails(Double(run_dir), first, second)
    assert "--- second user: connects to demo" in capsys.readouterr().out

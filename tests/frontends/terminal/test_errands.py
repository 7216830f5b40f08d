"""What `com1 connect` asks beside its session, of a real daemon."""

import asyncio

import pytest

from com1d.frontends.session.link import Link
from com1d.frontends.terminal.errands import Errands
from frontends.harness import until


@pytest.mark.parametrize("size", [(80, 24), (200, 50)])
def test_the_screen_is_painted_as_it_is_now(daemon, guest, size):
    """Not as it came to be; it stands for all that was printed, and no session is left behind."""
    printed = b"gone\x1b[2J\x1b[3;5H\x1b[7mhere\x1b[m"
    guest.says(printed)
    until(lambda: b"here" in daemon.run("log", guest.name).stdout, "the log")
    picture, offset = asyncio.run(Errands(Link(daemon.socket), guest.name).paint(size))

    assert b"here" in picture
    assert b"gone" not in picture
    assert len(printed) == offset
    until(
        lambda: b'"observers": []' in daemon.run("status", guest.name, "--json").stdout, "the end"
    )


def test_what_cannot_be_painted_is_nothing(daemon):
    """No console, and no daemon: the user's screen stays as it is."""
    assert (b"", 0) == asyncio.run(Errands(Link(daemon.socket), "nosuch").paint((80, 24)))
    assert (b"", 0) == asyncio.run(Errands(Link("/nowhere"), "nosuch").paint((80, 24)))

"""The screens that share the line."""

from datetime import UTC, datetime

from com1d.ports.demo.channel import CmdChannel, sac_channel
from com1d.ports.demo.keyboard import READ_TIME
from com1d.ports.demo.machine import Machine
from com1d.ports.demo.texts import PREVIEW
from ports.demo.terminal import Terminal


def cmd_channel(*, doubling=False):
    """Give a Command Prompt channel."""
    return CmdChannel(7, Machine(0.0, datetime(2025, 11, 22, tzinfo=UTC)), doubling=doubling)


def typed(channel, data, now=1.0):
    """Type bytes; give what they print at once."""
    return "".join(channel.feed(byte, now) for byte in data)


def test_described():
    """A channel's particulars are those that Windows shows, with the constant type GUIDs."""
    assert cmd_channel().described(PREVIEW).splitlines()[:5] == [
        "Name:                  Cmd0007",
        "Description:           Command Prompt",
        "Type:                  VT-UTF8",
        "Channel GUID:          e203fb79-d80d-11ea-87e3-000000000007",
        "Application Type GUID: 63d02271-8aa4-11d5-bccf-00b0d014a2d0",
    ]
    assert "Type GUID: 63d02270-8aa4-11d5-bccf-806d6172696f\n" in sac_channel().described(PREVIEW)


def test_login_waits_on_the_screen():
    """A new Command Prompt has its login on the screen before anybody looks."""
    shown = Terminal().feed(cmd_channel().screen.redraw())
    assert shown.lines()[:3] == ["Please enter login credentials.", "Username:", ""]


def test_without_doubling_keys_act_at_once():
    """Without the fault a key prints at once, and no deadline is kept."""
    channel = cmd_channel()
    assert (typed(channel, b"aa"), channel.deadline(), channel.tick(9.0)) == ("aa", None, "")


def test_doubling():
    """With the fault a key prints when the reader has come to it, and a burst's repeats grow."""
    channel = cmd_channel(doubling=True)
    assert (typed(channel, b"ann"), channel.deadline()) == ("", 1.0 + READ_TIME)
    assert channel.tick(1.0 + 2 * READ_TIME) == "annn"
    assert channel.deadline() is None


def test_keys_after_exit_reach_nobody():
    """What was typed behind `exit` is not run."""
    channel = cmd_channel(doubling=True)
    printed = ""
    for now, keys in enumerate((b"ann\r", b"\r", b"x\rexit\recho no\r")):
        typed(channel, keys, now=now)
        assert not channel.ended
        printed = channel.tick(now + 1)
    assert (printed.endswith("exit\r\n"), channel.ended) == (True, True)


def test_lock():
    """Locking logs the user out: the screen is wiped and the login asked for again."""
    channel = cmd_channel()
    typed(channel, b"ann\r\rx\r")
    assert channel.lock() == "\x1b[2J\x1b[1;1HPlease enter login credentials.\r\nUsername: "
    assert typed(channel, b"bob\r") == "bob\r\nDomain  : "

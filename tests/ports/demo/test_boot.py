"""What the computer prints while it boots."""

import re

from com1d.ports.demo import boot


def test_steps_are_in_order_and_before_sac():
    """The texts come by time, and all of them before SAC starts, well within three seconds."""
    times = [delay for delay, _ in boot.steps()]
    assert times == sorted(times)
    assert times[-1] < boot.SAC_STARTS < boot.CMD_REGISTERS < 3


def test_boot_says_what_it_is():
    """A reader learns that it is simulated and how to log in, and a program who it is."""
    text = "".join(text for _, text in boot.steps())
    assert "any user name with any\npassword that is not empty logs in" in text
    assert re.search(r"\n<\?xml>\n<machine-info>\n<name>DEMO01</name>\n", text)
    assert "Windows Boot Manager\n" in text

"""The raw terminal: put back whatever happens."""

import os
import pty
import termios

import pytest

from com1d.frontends.terminal.terminal import RawTerminal


@pytest.mark.parametrize("error", [None, KeyError()])
def test_a_raw_terminal_is_put_back(error):
    """The settings afterwards are those before, also after an exception."""
    master, slave = pty.openpty()
    before = termios.tcgetattr(slave)
    terminal = RawTerminal(slave)
    terminal.__enter__()
    raw = termios.tcgetattr(slave)
    terminal.__exit__(type(error) if error else None, error, None)

    assert raw != before
    assert not raw[3] & (termios.ICANON | termios.ECHO | termios.ISIG)
    assert before == termios.tcgetattr(slave)
    os.close(master)
    os.close(slave)


def test_a_terminal_that_hung_up_is_no_error():
    """There is nobody left to put it back for."""
    master, slave = pty.openpty()
    with RawTerminal(slave):
        os.close(master)
    os.close(slave)

"""What to do about what the guest does."""

import pytest

from com1d.core.guest.hints import hint, set_size
from com1d.core.guest.states import State


@pytest.mark.parametrize("guest", ["windows", "linux", "auto"])
@pytest.mark.parametrize("state", State)
def test_there_is_short_advice_for_every_state(state: State, guest: str):
    """It fits on a few lines of a terminal, and is a sentence."""
    text = hint(state, guest)

    assert text.endswith(".")
    assert 20 <= len(text) <= 320
    assert text.isascii()


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (State.HEALTH_ONLY, "bcdedit /ems {current} on"),
        (State.HEALTH_ONLY, "EMSPORT:1 EMSBAUDRATE:115200"),
        (State.BLANK, "Press Enter"),
        (State.SAC, "80x24"),
        (State.SAC, "no effect"),
        (State.KERNEL_DEBUGGER, "bcdedit /debug {current} off"),
        (State.POWERSHELL, "Remove-Module PSReadLine"),
        (State.POWERSHELL, "verified"),
        (State.SHELL, "stty rows R cols C"),
        (State.SHELL, "resize"),
    ],
)
def test_the_advice_names_the_command(state: State, said: str):
    """The advice that users know, with the very command to run."""
    assert said in hint(state, "auto")


def test_a_silent_guest_is_advised_by_its_kind():
    """EMS is for Windows, a serial console and getty for Linux."""
    assert "bcdedit" in hint(State.BLANK, "windows")
    assert "console=ttyS0" in hint(State.BLANK, "linux")
    assert "bcdedit" not in hint(State.BLANK, "linux")


def test_what_is_known_is_said():
    """The STOP code, and the size of the user's terminal."""
    assert hint(State.BUGCHECK, "windows", stop_code=0xE2).startswith("STOP 0xE2. ")
    assert "stty rows 24 cols 80" in hint(State.SHELL, "linux", size=set_size(24, 80))

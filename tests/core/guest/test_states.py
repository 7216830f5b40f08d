"""The words for what a guest is doing."""

from com1d.core.guest.states import State


def test_the_states_are_those_of_the_interface():
    """Clients, hooks and scripts know them by these names."""
    assert [
        "blank", "firmware", "boot-menu", "booting", "health-only", "sac", "sac-channel",
        "cmd-login", "cmd", "powershell", "login", "shell", "emergency", "kernel-panic",
        "bugcheck", "kernel-debugger", "unknown",
    ] == list(State)  # fmt: skip

"""What is said about the terminal's size, and when."""

import pytest

from com1d.frontends.terminal.sizing import advice, set_size


@pytest.mark.parametrize(
    ("state", "rows", "columns", "said"),
    [
        ("sac", 24, 80, None),
        ("cmd", 50, 200, None),
        ("sac", 20, 80, "SAC's screen is 80x24 and your terminal 80x20"),
        ("powershell", 24, 79, "SAC's screen is 80x24 and your terminal 79x24"),
        ("shell", 24, 80, None),
        ("shell", 50, 200, "your terminal is 200x50"),
        ("shell", 24, 79, "your terminal is 79x24"),
        ("login", 50, 200, None),
        ("boot-menu", 10, 10, None),
    ],
)
def test_advice(state, rows, columns, said):
    """SAC needs room; a shell wants to be told; whatever else is shown is left alone."""
    words = advice(state, rows, columns)

    assert (words or "").startswith(said or "")
    assert (words is None) == (said is None)


def test_what_is_typed():
    """What stands at the prompt is taken back first."""
    assert b"\x15stty rows 50 cols 132\r" == set_size(50, 132)

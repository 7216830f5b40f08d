"""What a log may say of an exception."""

import errno
import os

import pytest

from com1d.errors import PortDown
from com1d.mistakes import places_of, reason_of


SAID = "what a guest said"


def misread() -> None:
    int(SAID)


def test_of_a_bug_the_kind_and_the_place_are_told_and_not_its_text():
    """A value that cannot be read is in the text of the exception, and may be a guest's."""
    with pytest.raises(ValueError, match=SAID) as caught:
        misread()

    assert reason_of(caught.value).startswith("ValueError at test_mistakes.py:")
    assert reason_of(caught.value).endswith(" misread")
    assert places_of(caught.value)[-1].endswith(" misread")


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (PortDown("the VM is not running"), "the VM is not running"),
        (OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), SAID), os.strerror(errno.ENOSPC)),
        (KeyError(SAID), "KeyError"),
    ],
    ids=["ours", "system", "unraised"],
)
def test_texts_of_ours_and_of_the_system_are_told(error: Exception, told: str):
    """They say what is to be done, and hold nobody's words."""
    assert told == reason_of(error)

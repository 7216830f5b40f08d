"""The kinds of control, and how one is made."""

import pytest

from com1d.config.settings import addresses
from com1d.control import KINDS, ControlBusy, ControlRefused, make
from com1d.errors import PROBLEMS, Busy


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_made(kind):
    """What the configuration accepts can be made, and knows its name."""
    target = "qemu:///system" if kind == "libvirt" else "/run/web01"
    control = make(addresses.parse_control(f"{kind}:{target}"), "web01", "/run/com1d/guests/web01")
    assert (kind, "/run/web01") == (control.name, getattr(control, "_path", "/run/web01"))


def test_busy_has_one_code():
    """A client that knows `busy` knows this one."""
    assert (Busy, Busy.code, Busy.status) == (
        PROBLEMS[ControlBusy.code], ControlBusy.code, ControlBusy.status,
    )  # fmt: skip


@pytest.mark.parametrize("problem", [ControlBusy, ControlRefused])
def test_problems_are_for_people(problem):
    """Each has a title, a cause and a way out of its own."""
    assert all(problem.__dict__.get(text) for text in ("title", "cause", "remedy"))

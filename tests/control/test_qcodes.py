"""Our names for keys and QEMU's."""

import pytest

from com1d.control.base import Limits
from com1d.control.qcodes import MAX_KEYS, qcodes, read, send_key
from com1d.core.keys.keys import NAMES, parse
from com1d.errors import BadRequest
from control.machine import Machine, linked


CONTROLS = [f"Ctrl-{character}" for character in r"ABCDEFGHIJKLMNOPQRSTUVWXYZ[\]^_"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("F8", ["f8"]),
        ("Enter", ["ret"]),
        ("PageDown", ["pgdn"]),
        ("Shift-Tab", ["shift", "tab"]),
        ("Ctrl-Alt-Delete", ["ctrl", "alt", "delete"]),
        ("ctrl-c", ["ctrl", "c"]),
        ("Ctrl-]", ["ctrl", "bracket_right"]),
        ("Ctrl-^", ["ctrl", "shift", "6"]),
    ],
)
def test_how_keys_are_held(name, expected):
    """Modifiers come first, and are held down together with the key."""
    assert expected == qcodes(parse(name))


def test_how_many():
    """As many keys as QEMU queues, and no more."""
    assert MAX_KEYS == len(read(["F1"] * MAX_KEYS))
    with pytest.raises(BadRequest, match="the limit is 32"):
        read(["F1"] * (MAX_KEYS + 1))


@pytest.mark.guest
async def test_qemu_knows_every_key(run_dir):
    """Every name that we accept is one that QEMU takes."""
    machine = Machine(f"unix:{run_dir / 'com1'}", run_dir, "-S")
    async with machine, linked(machine.control) as link:
        taken = [
            await link.execute("send-key", **send_key(parse(name))) for name in (*NAMES, *CONTROLS)
        ]
        assert [{}] * len(taken) == taken


def test_limits_add_up():
    """A restart may take the guest's end and whichever comes then, relaunch or reset."""
    assert 180.0 == Limits(shutdown=120.0, relaunch=60.0).restart
    assert 130.0 == Limits(shutdown=120.0, relaunch=1.0, reset=10.0).restart

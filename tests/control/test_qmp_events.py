"""QEMU's events become ours, and a boot is told once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.control import VmEvent, What
from com1d.control.qmp_events import FIRMWARE_SECONDS, Translator


HOST = {"guest": False, "reason": "host-qmp-system-reset"}
GUEST = {"guest": True, "reason": "guest-reset"}


def play(*events):
    """Give the times of the events that were told."""
    translator = Translator()
    return [at for name, data, at in events if translator.translate(name, data, at) is not None]


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("RESET", HOST, VmEvent(What.RESET, "host-qmp-system-reset")),
        ("RESET", {}, VmEvent(What.RESET)),
        ("SHUTDOWN", {"guest": True, "reason": "guest-shutdown"},
         VmEvent(What.SHUTDOWN, "guest-shutdown")),
        ("STOP", {}, VmEvent(What.PAUSED)),
        ("RESUME", {}, VmEvent(What.RESUMED)),
        ("POWERDOWN", {}, VmEvent(What.POWER_BUTTON)),
        ("WATCHDOG", {"action": "reset"}, VmEvent(What.WATCHDOG, detail={"action": "reset"})),
        ("GUEST_CRASHLOADED", {"action": "run"},
         VmEvent(What.CRASH_DUMP, "pvpanic", {"action": "run"})),
        ("GUEST_PANICKED", {"action": "pause"},
         VmEvent(What.PANIC, "pvpanic", {"action": "pause"})),
        ("GUEST_PANICKED", {"action": "pause", "info": {"type": "s390", "core": 0}},
         VmEvent(What.PANIC, "s390", {"action": "pause"})),
        ("GUEST_PANICKED", {"info": {"type": "hyper-v"}}, VmEvent(What.PANIC, "hyper-v")),
        ("GUEST_PANICKED", {"info": {"type": "hyper-v", "arg1": -1}},
         VmEvent(What.PANIC, "hyper-v")),
        ("SHUTDOWN", {"reason": 7}, VmEvent(What.SHUTDOWN)),
        ("BLOCK_JOB_COMPLETED", {"device": "disk0"}, None),
        ("", {}, None),
    ],
)  # fmt: skip
def test_what_events_mean(name, data, expected):
    """Each event of QEMU's that matters becomes one of ours, whatever is missing in it."""
    assert expected == Translator().translate(name, data, 1.0)


def test_a_stop_error_of_windows():
    """The Hyper-V crash registers hold the STOP code and its four parameters."""
    info = {"type": "hyper-v", "arg1": 0x7B, "arg2": 0xFFFFF880009A97E8, "arg3": 0, "arg4": 1}
    event = Translator().translate("GUEST_PANICKED", {"action": "pause", "info": info}, 1.0)
    assert (
        VmEvent(
            What.PANIC,
            "hyper-v",
            {
                "action": "pause",
                "stop_code": "0x0000007B",
                "parameters": "0xFFFFF880009A97E8 0x0000000000000000 0x0000000000000001",
            },
        )
        == event
    )


@pytest.mark.parametrize(
    ("events", "told"),
    [
        # As recorded from QEMU 7.2 with SeaBIOS, of one system_reset.
        ([("RESET", HOST, 82.7495), ("RESET", GUEST, 82.7902), ("RESET", GUEST, 82.7956),
          ("RESET", GUEST, 82.8282), ("RESET", GUEST, 82.8292)], [82.7495]),
        # The guest's own reboot, and the next one.
        ([("RESET", GUEST, 1.0), ("RESET", GUEST, 1.1), ("RESET", GUEST, 9.0)], [1.0, 9.0]),
        # Two resets from outside are two boots, however close.
        ([("RESET", HOST, 1.0), ("RESET", HOST, 1.1)], [1.0, 1.1]),
        # Reset while paused: the firmware runs only after the VM has been continued.
        ([("STOP", {}, 1.0), ("RESET", HOST, 2.0), ("RESUME", {}, 9.0), ("RESET", GUEST, 9.1)],
         [1.0, 2.0, 9.0]),
        # Paused and continued between two boots: both are told.
        ([("RESET", HOST, 1.0), ("STOP", {}, 2.0), ("RESUME", {}, 9.0), ("RESET", GUEST, 9.1)],
         [1.0, 2.0, 9.0, 9.1]),
        # The host's clock is set back by an hour.
        ([("RESET", HOST, 5000.0), ("RESET", GUEST, 1400.0)], [5000.0, 1400.0]),
    ],
)  # fmt: skip
def test_what_one_boot_is(events, told):
    """The firmware's own resets are part of the boot that it does."""
    assert told == play(*events)


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 5)), max_size=30))
def test_no_boot_is_lost(steps):
    """Of resets at any times, each from outside is told, and each that comes much later."""
    at, told_at, translator = 0.0, -9.0, Translator()
    for by_guest, after in steps:
        at += after
        told = translator.translate("RESET", GUEST if by_guest else HOST, at) is not None
        if not by_guest or at >= told_at + FIRMWARE_SECONDS:
            assert told
        told_at = at if told else told_at


@given(st.text(), st.dictionaries(st.text(), st.none() | st.integers() | st.text()), st.floats())
def test_no_event_is_too_strange(name, data, at):
    """Whatever QEMU sends, nothing breaks."""
    for known in (name, "RESET", "GUEST_PANICKED", "WATCHDOG"):
        Translator().translate(known, data, at)
        Translator().translate(known, {"info": data, "action": data, "reason": data}, at)

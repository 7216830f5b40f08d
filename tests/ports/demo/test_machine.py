"""The simulated computer's clock."""

from datetime import UTC, datetime, timedelta

from com1d.ports.demo.machine import Machine


BOOT = datetime(2025, 11, 22, 20, 25, tzinfo=UTC)


def test_clock_runs():
    """The clock goes with the guest's time, from its value at boot."""
    assert Machine(100.0, BOOT).utc(160.0) == BOOT + timedelta(minutes=1)


def test_setting_the_clock_keeps_the_uptime():
    """Setting the clock changes what it shows, and not since when the computer runs."""
    machine = Machine(100.0, BOOT)
    machine.set_clock(datetime(2030, 1, 1, tzinfo=UTC), 160.0)
    assert machine.utc(161.0) == datetime(2030, 1, 1, 0, 0, 1, tzinfo=UTC)
    assert machine.uptime(161.0) == timedelta(seconds=61)

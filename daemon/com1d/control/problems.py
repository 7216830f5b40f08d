"""The two refusals that only a control gives."""

from com1d.errors import Busy, Problem


class ControlBusy(Busy):
    """The hypervisor serves somebody else, or is in the middle of a restart."""

    title = "The VM's control is busy"
    cause = "Another program holds the hypervisor's socket, or a restart is under way."
    remedy = "Try again when that is over."


class ControlRefused(Problem):
    """The hypervisor said no, or does not let com1d in."""

    code, status = "refused-by-hypervisor", 502
    title = "The hypervisor refused"
    cause = "It answered with an error, or com1d may not use its socket."
    remedy = "The detail is what it said; `com1 status NAME` shows the console's control."

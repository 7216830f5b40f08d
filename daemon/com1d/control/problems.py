"""What `busy` means for a control: the same code as a console's, in other words."""

from com1d.errors import Busy


class ControlBusy(Busy):
    """The hypervisor serves somebody else, or is in the middle of a restart."""

    title = "The VM's control is busy"
    cause = "Another program holds the hypervisor's socket, or a restart is under way."
    remedy = "Try again when that is over."

"""The screens that share the line: SAC's own channel, and Command Prompt channels."""

from typing import Final

from com1d.ports.demo.keyboard import KeyQueue
from com1d.ports.demo.machine import Machine
from com1d.ports.demo.screen import CLEAR, Screen
from com1d.ports.demo.shell import Shell


SAC_APPLICATION: Final = "63d02270-8aa4-11d5-bccf-806d6172696f"
CMD_APPLICATION: Final = "63d02271-8aa4-11d5-bccf-00b0d014a2d0"
"""What kind of channel it is: constants of Windows (Cyclades ACS Command Reference, EMS)."""

SAC_GUID: Final = "1aee4cc0-cff3-11d6-9a3d-806e6f6e6963"


class Channel:
    """A name, a screen, and what a preview says about them."""

    def __init__(self, name: str, description: str, guid: str, application: str) -> None:
        self.name = name
        self.screen = Screen()
        self._particulars = {
            "name": name,
            "description": description,
            "guid": guid,
            "application": application,
        }

    def described(self, form: str) -> str:
        """Fill the channel's particulars into a text."""
        return form.format_map(self._particulars)


class CmdChannel(Channel):
    """A Command Prompt, from its login on. `doubling` gives it the keyboard fault of Windows."""

    def __init__(self, count: int, machine: Machine, *, doubling: bool) -> None:
        super().__init__(
            name=cmd_name(count),
            description="Command Prompt",
            guid=f"e203fb79-d80d-11ea-87e3-{count:012x}",
            application=CMD_APPLICATION,
        )
        self._machine = machine
        self._shell = Shell(machine)
        self._keys = KeyQueue() if doubling else None
        self.screen.write(self._shell.greet())

    @property
    def ended(self) -> bool:
        """The Command Prompt has been left; what is typed from here on reaches nobody."""
        return self._shell.ended

    def feed(self, byte: int, now: float) -> str:
        """Take a typed byte; give what it prints, which with `doubling` comes later, by `tick`."""
        if self._keys is None:
            return self._shell.feed(byte, now)
        self._keys.put(byte, now)
        return ""

    def tick(self, now: float) -> str:
        """Read the keys that are due; give what they print."""
        printed = ""
        for byte in self._keys.read(now) if self._keys else b"":
            if not self.ended:
                printed += self._shell.feed(byte, now)
        return printed

    def deadline(self) -> float | None:
        """Say when the next key is read; None while no key waits."""
        return self._keys.deadline() if self._keys else None

    def lock(self) -> str:
        """Log the user out; give what the channel shows instead."""
        self._shell = Shell(self._machine)
        return CLEAR + self._shell.greet()


def sac_channel() -> Channel:
    """Make the channel of the `SAC>` prompt."""
    return Channel("SAC", "Special Administration Console", SAC_GUID, SAC_APPLICATION)


def cmd_name(count: int) -> str:
    """Give the name of the n-th Command Prompt channel of a boot."""
    return f"Cmd{count:04}"

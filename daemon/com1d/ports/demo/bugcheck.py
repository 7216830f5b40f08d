"""What EMS shows after a stop: the XML report, the stop itself, and the `!SAC>` prompt.

The XML is documented for Windows Server 2003 (Cyclades ACS Command Reference, EMS chapter), the
commands of `!SAC>` by Microsoft (TechNet cc759741).
"""

from collections.abc import Iterator
from typing import Final

from com1d.ports.demo import admin, boot, texts
from com1d.ports.demo.codes import ESC
from com1d.ports.demo.line import LineEditor
from com1d.ports.demo.machine import Machine, Power


MANUALLY_INITIATED_CRASH: Final = 0xE2
NMI_HARDWARE_FAILURE: Final = 0x80

PROMPT: Final = "!SAC>"
PROMPT_APPEARS: Final = 1.2
"""Seconds from the stop to the prompt, in which the memory dump is written."""

HELP: Final = """\
d                    Display all log entries.
id                   Display the computer identification information.
q                    Quit !SAC and resume normal out-of-band port operation.
restart              Restart the system immediately.
? or help            Display this list.
"""

_REPORT: Final = """
<?xml>
<BP>
<INSTANCE CLASSNAME="BLUESCREEN">
<PROPERTY NAME="STOPCODE" TYPE="string"><VALUE>"0x{code:X}"</VALUE>
</PROPERTY>
{machine_info}</INSTANCE>
</BP>

*** STOP: 0x{code:08X} (0x0000000000000000,0x0000000000000000,0x0000000000000000,
                      0x0000000000000000)

"""


def steps(code: int) -> Iterator[tuple[float, str]]:
    """Give what to print once the computer has stopped, and when, in seconds from the stop."""
    yield 0.0, _REPORT.format(code=code, machine_info=boot.machine_info())
    yield 0.3, "Writing the memory dump to disk...\n"
    yield 1.0, "The memory dump is complete.\n\n"


class EmergencyPrompt:
    """`!SAC>`: the line discipline of SAC, no channels, and five commands."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._editor = LineEditor()
        self.power: Power | None = None
        """Set once a command ends this prompt."""

    def feed(self, byte: int, now: float) -> str:
        """Take a typed byte; give what it prints."""
        if byte == ESC:  # dropped, as at SAC>; there is no channel that TAB could switch to
            return ""
        echo, line = self._editor.feed(byte)
        if line is None:
            return echo
        return echo + texts.crlf(self._run(line.lower(), now))

    def _run(self, line: str, now: float) -> str:
        match line:
            case "":
                output = ""
            case "restart":
                self.power = Power.RESET
                return texts.RESTARTING
            case "q":
                self.power = Power.QUIT
                return ""
            case "?" | "help":
                output = HELP
            case "d" | "id":
                output = admin.COMMANDS[line](self._machine, [], now)
            case _:
                output = texts.UNRECOGNIZED
        return output + PROMPT

"""The Special Administration Console: one serial line shared by `SAC>` and up to nine channels.

ESC is held back until the next byte is known. ESC TAB goes to the next channel and shows a preview
of it; then `0` goes back to `SAC>`, and any other key, which is used up, shows the channel. ESC and
any other byte: at `SAC>` the escape is dropped, in a Command Prompt channel both are passed on.
Behaviour as in ReactOS, `drivers/sac/driver/conmgr.c`.
"""

from collections.abc import Callable
from typing import Final

from com1d.ports.demo import admin, texts
from com1d.ports.demo.channel import Channel, CmdChannel, cmd_name, sac_channel
from com1d.ports.demo.codes import CR, ESC, ETX, LF, NUL, TAB
from com1d.ports.demo.line import LineEditor
from com1d.ports.demo.machine import Machine, Power
from com1d.ports.demo.screen import CLEAR, ROWS


CMDS_MAX: Final = 9
"""Command Prompt channels at one time, as in Windows: with SAC's own, ten channels."""

CMD_NAMES: Final = 9999
"""Names of Command Prompt channels, `Cmd0001` and on, before they begin again."""

PAGE: Final = ROWS - 1
"""Lines of a command's output before it waits for Enter, so that the notice still fits."""

SAC: Final = 0
"""The number of the channel that has the `SAC>` prompt."""


class Sac:
    """SAC from its banner on, until a command ends the boot."""

    def __init__(self, machine: Machine, *, doubling: bool) -> None:
        self._machine = machine
        self._doubling = doubling
        self._sac = sac_channel()
        self._cmds: dict[int, CmdChannel] = {}
        self._current = SAC
        self._previewing = False
        self._escape = False
        self._escape_tab = False
        self._editor = LineEditor()
        self._pages: list[str] = []  # lines that wait for Enter
        self._cmd_ready = False
        self._launched = 0
        self._out: list[str] = []  # what goes over the line, until `_spoken`
        self.power: Power | None = None
        """Set once a command ends the boot."""
        self._commands: dict[str, Callable[[list[str]], tuple[str, str]]] = {
            "ch": self._ch,
            "cmd": self._cmd,
            "crashdump": self._crashdump,
            "lock": self._lock,
            "restart": self._restart,
            "shutdown": self._shutdown,
        }

    def start(self) -> str:
        """Give the banner and the first prompt."""
        self._say(texts.BANNER + texts.PROMPT)
        return self._spoken()

    def cmd_available(self) -> str:
        """Let the `cmd` command work from here on; give the event that says so."""
        self._cmd_ready = True
        self._event(texts.CMD_AVAILABLE)
        return self._spoken()

    def interject(self, text: str) -> str:
        """Print text at the prompt and repeat the prompt, unless somebody looks at other things."""
        if self._current != SAC or self._previewing or self._pages:
            return ""
        self._event(text)
        return self._spoken()

    def feed(self, byte: int, now: float) -> str:
        """Take a typed byte; give what goes over the line."""
        if byte != NUL:
            self._route(byte, now)
        return self._spoken()

    def tick(self, now: float) -> str:
        """Let the Command Prompts read the keys that are due; give what goes over the line."""
        for number, channel in list(self._cmds.items()):
            self._write(number, channel.tick(now))
            self._reap(number)
        return self._spoken()

    def deadline(self) -> float | None:
        """Say when the next key is read; None while no key waits."""
        waiting = (channel.deadline() for channel in self._cmds.values())
        return min((due for due in waiting if due is not None), default=None)

    # Input

    def _route(self, byte: int, now: float) -> None:
        """Find out whom a byte is for."""
        if byte == ESC and not self._escape:
            self._escape, self._escape_tab = True, False
        elif byte == TAB and self._escape:
            self._escape, self._escape_tab = False, True
            self._preview(self._next_channel())
        elif self._previewing:
            home = byte == ord("0") and self._escape_tab
            self._escape = self._escape_tab = False
            self._show(SAC if home else self._current)
        elif self._current == SAC:
            self._escape = byte == ESC
            self._type(byte, now)
        else:
            if self._escape:
                self._press(ESC, now)  # by itself it ends nothing: the channel is still there
            self._press(byte, now)
            self._escape = byte == ESC

    def _next_channel(self) -> int:
        """Give the number of the channel after the current one; after the last comes SAC."""
        return min((number for number in self._cmds if number > self._current), default=SAC)

    def _press(self, byte: int, now: float) -> None:
        """Press a key in the current Command Prompt channel."""
        number = self._current
        self._write(number, self._cmds[number].feed(byte, now))
        self._reap(number)

    def _reap(self, number: int) -> None:
        """Close a Command Prompt channel that its user has left."""
        channel = self._cmds[number]
        if channel.ended:
            self._close(number)
            self._event(channel.described(texts.CHANNEL_CLOSED))

    def _type(self, byte: int, now: float) -> None:
        """Take a byte at the `SAC>` prompt, or at the pager's notice."""
        if self._pages and byte not in (CR, LF, ETX):
            return
        echo, line = self._editor.feed(byte)
        if self._pages and line is not None:
            self._turn_page(stop=byte == ETX)
            return
        self._write(SAC, echo)
        if line is not None:
            self._run(line, now)

    # Output

    def _spoken(self) -> str:
        """Give what has been written to the line since the last time."""
        spoken = "".join(self._out)
        self._out.clear()
        return spoken

    def _write(self, number: int, text: str) -> None:
        """Paint text on a channel's screen, and send it if that screen is being looked at."""
        self._channel(number).screen.write(text)
        if number == self._current and not self._previewing:
            self._out.append(text)

    def _channel(self, number: int) -> Channel:
        return self._sac if number == SAC else self._cmds[number]

    def _say(self, text: str) -> None:
        """Print text on SAC's own channel."""
        self._write(SAC, texts.crlf(text))

    def _event(self, text: str) -> None:
        """Print an event where the cursor stands, then the prompt with what was typed so far."""
        again = texts.MORE if self._pages else texts.PROMPT + self._editor.text
        self._say(f"\n{text}{again}")

    def _preview(self, number: int) -> None:
        """Go to a channel, but show only what it is."""
        channel = self._channel(number)
        self._current, self._previewing = number, True
        self._out.append(
            texts.crlf(channel.described(texts.CHANNEL_SWITCH_XML))
            + CLEAR
            + texts.crlf(channel.described(texts.PREVIEW))
        )

    def _show(self, number: int) -> None:
        """Go to a channel and repaint it."""
        self._current, self._previewing = number, False
        self._out.append(self._channel(number).screen.redraw())

    # Commands

    def _run(self, line: str, now: float) -> None:
        """Run a command line. Its event, if any, follows the prompt that ends it."""
        name, *words = line.lower().split(" ")
        words = [word for word in words if word]
        output = event = ""
        if name in admin.COMMANDS:
            output = admin.COMMANDS[name](self._machine, words, now)
        elif name in self._commands:
            output, event = self._commands[name](words)
        elif name:
            output = texts.UNRECOGNIZED
        if self.power is Power.CRASH:  # the computer stops within the command
            return
        self._pages = output.splitlines(keepends=True)
        self._turn_page(stop=False)
        if event:
            self._event(event)

    def _turn_page(self, *, stop: bool) -> None:
        """Print the lines that wait, a page at most where paging is on, then the prompt."""
        size = PAGE if self._machine.paging else len(self._pages)
        page = [] if stop else self._pages[:size]
        self._pages = [] if stop else self._pages[size:]
        self._say("".join(page) + (texts.MORE if self._pages else texts.PROMPT))

    def _ch(self, words: list[str]) -> tuple[str, str]:
        match words:
            case []:
                channels = {SAC: self._sac, **self._cmds}
                listed = (f"{n} (AV)    {channels[n].name}\n" for n in sorted(channels))
                return texts.CHANNEL_LIST + "".join(listed), ""
            case ["-?"]:
                return texts.CHANNEL_HELP, ""
            case ["-si" | "-ci" as option, number] if number.isdecimal():
                return self._on_channel(option, int(number), texts.NO_CHANNEL_NUMBERED)
            case ["-sn" | "-cn" as option, name]:
                named = {c.name.lower(): n for n, c in self._cmds.items()} | {"sac": SAC}
                return self._on_channel(option, named.get(name, -1), texts.NO_CHANNEL_NAMED)
            case _:
                return texts.BAD_PARAMETER, ""

    def _on_channel(self, option: str, number: int, complaint: str) -> tuple[str, str]:
        """Switch to a channel or close it."""
        if number != SAC and number not in self._cmds:
            return complaint, ""
        if option in ("-si", "-sn"):
            self._preview(number)
            return "", ""
        if number == SAC:
            return texts.SAC_STAYS, ""
        return "", self._close(number).described(texts.CHANNEL_CLOSED)

    def _close(self, number: int) -> Channel:
        """Remove a channel; a user who looks at it is back at `SAC>`."""
        channel = self._cmds.pop(number)
        if number == self._current:
            self._show(SAC)
        return channel

    def _cmd(self, _words: list[str]) -> tuple[str, str]:
        if not self._cmd_ready:
            return texts.NO_CMD_YET, ""
        if len(self._cmds) == CMDS_MAX:
            return texts.TOO_MANY_CHANNELS, ""
        number = min(set(range(1, CMDS_MAX + 1)) - self._cmds.keys())
        channel = CmdChannel(self._next_name(), self._machine, doubling=self._doubling)
        self._cmds[number] = channel
        return texts.LAUNCHED, channel.described(texts.CHANNEL_CREATED)

    def _next_name(self) -> int:
        """Count on to a name that no open channel has."""
        taken = {channel.name for channel in self._cmds.values()}
        while True:
            self._launched = self._launched % CMD_NAMES + 1
            if cmd_name(self._launched) not in taken:
                return self._launched

    def _lock(self, _words: list[str]) -> tuple[str, str]:
        for number, channel in self._cmds.items():
            self._write(number, channel.lock())
        return texts.LOCKED, ""

    def _restart(self, _words: list[str]) -> tuple[str, str]:
        self.power = Power.RESTART
        return "", texts.RESTARTING

    def _shutdown(self, _words: list[str]) -> tuple[str, str]:
        self.power = Power.SHUTDOWN
        return "", texts.SHUTTING_DOWN

    def _crashdump(self, _words: list[str]) -> tuple[str, str]:
        self.power = Power.CRASH
        return "", ""

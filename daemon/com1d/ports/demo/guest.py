"""The simulated computer as a state machine: bytes and time in, bytes out. No I/O, no clock.

Two things make it print: a byte typed at its prompt, and a script of texts and times, which is what
booting, shutting down and stopping are. The caller calls `handle` for every input and `tick` when
`deadline` has come; both give what goes over the line.
"""

from collections import deque
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final

from com1d.ports.demo import boot, bugcheck, health, texts
from com1d.ports.demo.bugcheck import EmergencyPrompt
from com1d.ports.demo.machine import Machine, Power
from com1d.ports.demo.sac import Sac


HEALTH_FIRST: Final = 4.0
"""Seconds from the SAC banner to the first health report."""

HEALTH_INTERVAL: Final = 15.0
"""Seconds between health reports: a sign of life that still leaves time to read the screen."""

HALT: Final = 0.5
"""Seconds that an orderly restart or shutdown takes to end the boot."""


class Guest:
    """A Windows Server with SAC on COM1. Times are seconds on any steady clock.

    `clock` is the date and time, in UTC, at `now`. With `doubling` its Command Prompts have the
    keyboard fault of `keyboard`.
    """

    def __init__(self, now: float, clock: datetime, *, doubling: bool = False) -> None:
        self._doubling = doubling
        self._machine = Machine(now, clock)
        self._prompt: Sac | EmergencyPrompt | None = None
        self._script: deque[tuple[float, Callable[[float], str]]] = deque()  # by time
        self.reset(now)

    def handle(self, data: bytes, now: float) -> bytes:
        """Take bytes from the line; give the answer. While nothing listens they are lost."""
        out = [self._due(now)]
        for byte in data:
            out.append(self._feed(byte, now))
            out.append(self._due(now))
        return "".join(out).encode("ascii")

    def tick(self, now: float) -> bytes:
        """Do what is due; give what it printed."""
        return self._due(now).encode("ascii")

    def deadline(self) -> float | None:
        """Say when `tick` is next of use; None for never."""
        key = self._prompt.deadline() if isinstance(self._prompt, Sac) else None
        if not self._script:
            return key
        step, _ = self._script[0]
        return step if key is None else min(step, key)

    def reset(self, now: float) -> None:
        """Power on, whatever went before. The boot prints by way of `tick`, beginning now."""
        self._machine = Machine(now, self._machine.utc(now))
        self._play(now, boot.steps())
        self._script.append((now + boot.SAC_STARTS, self._start_sac))
        self._script.append((now + boot.CMD_REGISTERS, self._register_cmd))

    def nmi(self, now: float) -> None:
        """Stop with the bugcheck that a non-maskable interrupt causes, unless it is off."""
        if self._prompt is not None or self._script:
            self._stop(bugcheck.NMI_HARDWARE_FAILURE, now)

    def _feed(self, byte: int, now: float) -> str:
        if self._prompt is None:
            return ""
        printed = self._prompt.feed(byte, now)
        if self._prompt.power is not None:
            self._obey(self._prompt.power, now)
        return printed

    def _obey(self, power: Power, now: float) -> None:
        """End this boot the way somebody asked for."""
        match power:
            case Power.CRASH:
                self._stop(bugcheck.MANUALLY_INITIATED_CRASH, now)
            case Power.RESET:
                self.reset(now)
            case Power.QUIT:
                self._play(now, ())
            case Power.SHUTDOWN:
                self._play(now, [(HALT, texts.GOING_AWAY)])
            case Power.RESTART:
                self._play(now, [(HALT, texts.GOING_AWAY)])
                self._script.append((now + 2 * HALT, self._reboot))

    def _stop(self, code: int, now: float) -> None:
        self._play(now, bugcheck.steps(code))
        self._script.append((now + bugcheck.PROMPT_APPEARS, self._start_emergency))

    def _play(self, now: float, steps: Iterable[tuple[float, str]]) -> None:
        """Leave the prompt and print texts, each so many seconds from now."""
        self._prompt = None
        self._script.clear()
        for delay, text in steps:
            self._script.append((now + delay, _printer(text)))

    # What a script does besides printing

    def _reboot(self, now: float) -> str:
        self.reset(now)
        return ""

    def _start_sac(self, now: float) -> str:
        self._prompt = sac = Sac(self._machine, doubling=self._doubling)
        self._script.append((now + HEALTH_FIRST, self._report))
        return sac.start()

    def _register_cmd(self, _now: float) -> str:
        return self._prompt.cmd_available() if isinstance(self._prompt, Sac) else ""

    def _report(self, now: float) -> str:
        self._script.append((now + HEALTH_INTERVAL, self._report))
        report = health.report(self._machine, now)
        return self._prompt.interject(report) if isinstance(self._prompt, Sac) else ""

    def _start_emergency(self, _now: float) -> str:
        self._prompt = EmergencyPrompt(self._machine)
        return bugcheck.PROMPT

    def _due(self, now: float) -> str:
        """Do what is due, in its order; give what it printed."""
        out = []
        while (due := self.deadline()) is not None and due <= now:
            if self._script and self._script[0][0] == due:
                _, act = self._script.popleft()
                out.append(act(now))
            elif isinstance(self._prompt, Sac):
                out.append(self._prompt.tick(due))
        return "".join(out)


def _printer(text: str) -> Callable[[float], str]:
    return lambda _now: texts.crlf(text)

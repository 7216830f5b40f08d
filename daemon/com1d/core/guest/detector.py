"""Says what the guest is doing, from what it prints. A reader of the ring like any other.

Evidence is a sequence: all that was printed is read, in its order, and each alarm in it is told
once, with its offset, also one that is over by the end of the look. Of the states that are no
alarm, the latest counts. A landmark is evidence from the moment it is printed; a prompt, only
while it is the last thing on a silent console. What was found stays found until there is other
evidence: a shell is a shell while its commands print. Only what SAC shows has to be there to
count, since a text about SAC looks much the same. A panic or a bugcheck stays until the guest
boots; but a guest that shows a prompt again was only showing a text about one. What a command at a
prompt shows is no evidence at all (`quoting`).

The same output leads to the same findings, however it is cut into looks.
"""

import re
from dataclasses import dataclass
from typing import Final

from com1d.core.guest import quoting
from com1d.core.guest.asides import Tail
from com1d.core.guest.evidence import evidence_line
from com1d.core.guest.landmark import Landmark
from com1d.core.guest.packets import PACKET_MAX, last_packet
from com1d.core.guest.places import Places
from com1d.core.guest.prompts import LINES_BEFORE, Prompt
from com1d.core.guest.quoting import NOTHING, KernelClock
from com1d.core.guest.sightings import Sighting, line_start, rules, search
from com1d.core.guest.states import DEAD, LINUX, WAITS, Finding, State, Told
from com1d.core.guest.text import CLEARED, ERASED, MARKS, MOVED, PlainText


LOOK_MAX: Final = 16384
"""Bytes in one look. Lines of text of this size take 1 to 2 ms, and the worst, nothing but starts
of lines that are printed unasked, some 5 ms."""

BACKLOG_MAX: Final = 256 * 1024
"""Bytes that are read in full, in several looks: what a FIFO of 64 KiB kept while the daemon was
away, or a fast port's boot, several times. A guest that is further ahead is skimmed: its newest
bytes are looked at, and the others counted as skipped."""

QUIET: Final = 0.150
"""Seconds of silence after which the end of the output is taken for a prompt."""

KEPT: Final = 4096
"""Characters of earlier text kept for the next look: twice a screen of 80 x 24."""

TOLD_MAX: Final = 400
"""Alarms and notices of one look: more than a look has lines that are judged."""

FLEETING: Final = frozenset({State.SAC, State.SAC_CHANNEL, State.CMD_LOGIN, State.BUGCHECK})
"""Prompts that hold only until something else is printed. A command of SAC ends with a prompt."""

_WIPED: Final = f"{MOVED}\n{ERASED}"
"""The cursor went somewhere, mostly to the first cell, and all behind it was erased."""

_EARLY: Final = WAITS | DEAD | {
    State.BLANK, State.UNKNOWN, State.FIRMWARE, State.BOOT_MENU, State.BOOTING,
}  # fmt: skip
"""States in which lines that go on beside a prompt tell that the guest boots."""


@dataclass(frozen=True, slots=True)
class _Evidence:
    at: int
    """Where it ends, in characters since the first."""
    state: State = State.UNKNOWN
    text: str = ""
    stop_code: int | None = None


_NONE: Final = _Evidence(-1)


class Detector:
    """The state of one guest. `guest` is `windows`, `linux` or `auto`: whose texts to believe."""

    __slots__ = (
        "_boot", "_cleared", "_clock", "_command", "_dead", "_kind", "_landmark", "_length",
        "_open",
        "_packet", "_places", "_plain", "_printed", "_prompt", "_rules", "_sac", "_stamp", "_tail",
        "_text", "_told", "cursor", "finding", "settled", "skipped",
    )  # fmt: skip

    def __init__(self, guest: str, now: float = 0.0, offset: int = 0) -> None:
        """Begin with a guest that has printed nothing yet, at `offset` of the ring."""
        self._kind = guest
        self._rules = rules(guest)
        self._plain = PlainText()
        self._places = Places()
        self.skipped = 0
        """Bytes that were not looked at, since the guest printed more than there is time for."""
        self._told: list[Told] = []
        self.reset(now, offset)

    def reset(self, now: float, offset: int) -> None:
        """Forget everything: the machine was reset when the ring's end was at `offset`."""
        self.cursor = offset
        """Offset of the first byte that was not looked at."""
        self.settled = True
        """Whether a look at a silent console has followed the last output."""
        self.finding = Finding(State.BLANK, now)
        self._plain.forget()
        self._places.forget()
        self._text = "\n"  # the first line begins here
        self._length = len(self._text)
        self._open = self._length
        self._printed = False
        self._landmark = self._prompt = self._dead = _NONE
        self._boot = self._cleared = self._sac = -1
        self._stamp = 0.0
        self._packet = b""
        self._tail = Tail()
        self._command = NOTHING
        self._clock = KernelClock()

    def take(self) -> list[Told]:
        """Give what there is to tell since it was last asked: alarms and notices, in order."""
        told, self._told = self._told, []
        return told

    def window(self, start: int, end: int) -> int:
        """Tell from which offset to read for a look at a ring that holds `start` to `end`.

        The look takes `LOOK_MAX` bytes from there; while more are there, another follows.
        """
        begin = max(self.cursor, start)
        return begin if end - begin <= BACKLOG_MAX else end - LOOK_MAX

    def look(self, data: bytes, offset: int, now: float, quiet: float) -> Finding:
        """Take what was printed since the last look, `data` at `offset`; say what there is.

        `quiet` is for how many seconds the guest has been silent. Of a guest that printed more
        than `LOOK_MAX` since, the newest bytes are enough.
        """
        if offset != self.cursor:
            self.skipped += max(0, offset - self.cursor)
            self._plain.forget()
            self._text = MOVED  # whatever follows, it is not the start of a line
            self._open, self._packet = self._length, b""
        self.cursor = offset + len(data)
        self.settled = quiet >= QUIET
        self._places.forget()
        if data:
            self._read(self._fresh(data, offset), now)
        if self.settled and not self._plain.returned:
            self._look_for_prompt()
        found = self._resolve()
        before = self.finding
        since = before.since if found.state is before.state else now
        self.finding = Finding(found.state, since, found.text, found.stop_code)
        return self.finding

    def panicked(self, now: float, evidence: str, stop_code: int | None = None) -> Finding:
        """Take the hypervisor's word that the guest is dead. Only Windows gives a stop code."""
        state = State.KERNEL_PANIC if stop_code is None else State.BUGCHECK
        behind_prompt = self._length + 1
        if not self._is_dead() or stop_code != self._dead.stop_code is not None:
            self._tell(Told(self.cursor, Finding(state, now, evidence, stop_code)))
        self._dead = _Evidence(behind_prompt, state, evidence, stop_code)
        self.finding = Finding(state, now, evidence, stop_code)
        return self.finding

    def _fresh(self, data: bytes, offset: int) -> str:
        """Give the text of `data`, and note the packets for a debugger in it."""
        held = len(self._packet)
        packet = last_packet(self._packet + data) - held
        self._packet = (self._packet + data)[-PACKET_MAX + 1 :]
        if packet <= 0 or self._kind == LINUX:
            return self._places.read(self._plain, data, offset, self._length)
        fresh = self._places.read(self._plain, data[:packet], offset, self._length)
        at = self._length + len(fresh)
        self._landmark = _Evidence(at, State.KERNEL_DEBUGGER, "packets for a debugger")
        return fresh + self._places.read(self._plain, data[packet:], offset + packet, at)

    def _read(self, fresh: str, now: float) -> None:
        """Note, in its order, all that ends in the fresh text."""
        text = self._text + fresh
        kept = len(self._text)
        start = self._length - kept  # of `text`, in characters since the first
        self._length += len(fresh)
        self._printed = self._printed or bool(fresh.strip(MARKS + " \n"))
        if (at := text.rfind("\nSAC>", max(0, kept - 4))) >= 0:
            self._sac = start + at
        if (at := max(text.rfind(CLEARED, kept), text.rfind(_WIPED, max(0, kept - 2)))) >= 0:
            self._cleared = start + at
        begin = max(0, text.rfind("\n", 0, min(kept, max(0, self._open - start))))
        seen = search(self._rules, text, begin, kept)
        self._open = start + seen.open
        strong = self._note_all(text, begin, kept, start, seen.found, now)
        if strong > kept:
            self._tail.begin(text[strong:])
        else:
            self._tail.add(fresh)
        self._text = text[-KEPT:]

    def _note_all(
        self, text: str, begin: int, kept: int, start: int, found: list[Sighting], now: float
    ) -> int:
        """Note commands and landmarks in order; give the end of the last that ends what was."""
        strong, own = 0, kept
        sightings = iter((*found, None))
        sighting = next(sightings)
        for line in (*quoting.lines(text, begin), None):
            end = len(text) if line is None else line.end()
            while sighting is not None and sighting[0] <= end:
                if self._note(*sighting[1:], start, now) and not sighting[1].weak:
                    strong = sighting[0]
                sighting = next(sightings)
            if line is not None and end >= kept:
                self._hear_clock(text[own : line.start()], now)
                own = max(own, line.end())
                self._command = quoting.follow(self._command, line)
        self._hear_clock(text[own:], now)
        return strong

    def _hear_clock(self, text: str, now: float) -> None:
        """Take the kernel's stamps from what was printed beside any shown text."""
        if not self._command.reads:
            self._clock.see(text, now)

    def _note(self, rule: Landmark, match: re.Match[str], start: int, now: float) -> bool:
        """Weigh one landmark; tell whether it counts, and ends what was before."""
        at = start + match.end()
        stamp = match.groupdict().get("stamp")
        if self._is_quoted(rule, stamp, now):
            return False
        if rule.state is None:
            self._tell(
                Told(self._places.offset(at), None, rule.notice, evidence_line(match["shown"]))
            )
            return False
        if rule.weak and self._resolve().state not in _EARLY:
            return False
        if rule.state in DEAD:
            return self._note_death(rule, match, at, stamp, now)
        if rule.boots or (rule.weak and self._is_dead()):
            self._boot = max(self._boot, at)
            self._command = NOTHING
        if at > self._landmark.at and not (
            rule.state is State.HEALTH_ONLY and self._sac > self._boot
        ):
            if rule.weak and self._landmark.state is State.EMERGENCY:
                return False
            self._landmark = _evidence(rule.state, match, at)
        return True

    def _note_death(
        self, rule: Landmark, match: re.Match[str], at: int, stamp: str | None, now: float
    ) -> bool:
        """Take a panic or a bugcheck, and tell it if it is not the one that is known."""
        again = stamp is not None and float(stamp) < self._stamp and not rule.ends
        alarm = not self._is_dead() or again
        if stamp is not None:
            self._stamp = float(stamp)
        if at > self._dead.at and (alarm or not rule.ends):
            self._dead = _evidence(rule.state or State.UNKNOWN, match, at)
        if alarm:
            dead = self._dead
            finding = Finding(dead.state, now, dead.text, dead.stop_code)
            self._tell(Told(self._places.offset(at), finding))
        return True

    def _is_quoted(self, rule: Landmark, stamp: str | None, now: float) -> bool:
        command = self._command
        if not command.reads:
            return False
        if command.follows and rule.boots:
            return False
        return not (rule.state in DEAD and self._clock.agrees(stamp, now))

    def _is_dead(self) -> bool:
        return self._dead.at > max(self._boot, self._prompt.at)

    def _tell(self, told: Told) -> None:
        if len(self._told) < TOLD_MAX:
            self._told.append(told)

    def _look_for_prompt(self) -> None:
        """Note the prompt that the text ends with, also if others printed into it."""
        if self._try_prompts(self._text):
            return
        tail = self._tail.text()
        if tail is not None and self._try_prompts(tail):
            return
        found = self._resolve()
        if found is self._prompt and found.state in FLEETING and self._printed_since(found.at):
            self._prompt = _Evidence(self._length)

    def _try_prompts(self, text: str) -> bool:
        line_end = len(text.rstrip(" \n" + MARKS))
        behind = text[line_end:]
        ended = behind.count("\n") > behind.count(MOVED) + behind.count(ERASED)
        if CLEARED in behind:
            return True
        begins = [line_start(text, line_end, lines) for lines in range(LINES_BEFORE + 1)]
        for rule in self._rules.prompts:
            if (ended and not rule.ended) or (begin := begins[rule.lines_before]) < 0:
                continue
            match = rule.pattern.match(text, begin, line_end)
            if match is not None:
                self._note_prompt(rule, match)
                return True
        return False

    def _note_prompt(self, rule: Prompt, match: re.Match[str]) -> None:
        state = self._resolve().state
        if state is State.EMERGENCY and rule.state in {
            State.SHELL,
            State.KEY_WAIT,
            State.DISK_CHECK,
        }:
            return  # it is the maintenance shell, or the way there
        if state in DEAD and rule.state in {State.KERNEL_DEBUGGER, State.KEY_WAIT}:
            return  # the panic's own
        if state is State.FIRMWARE and rule.state is State.KEY_WAIT and rule.ended:
            return  # the firmware's offer, which passes by itself
        if state is State.BOOT_MENU and rule.state is State.KEY_WAIT:
            return
        if self._command.reads and rule.state in WAITS:
            return  # a pager, or the text that it shows
        self._command = NOTHING
        if rule.state is state is State.BUGCHECK:
            return  # `!SAC>`, and the STOP code is known
        self._prompt = _evidence(rule.state, match, self._length)

    def _printed_since(self, at: int) -> bool:
        """Tell whether a whole line was printed after the one that ended at `at`."""
        since = self._text[max(0, len(self._text) - (self._length - at)) :]
        _, _, lines = since.partition("\n")
        return "\n" in lines.lstrip(" \n" + MARKS)

    def _resolve(self) -> _Evidence:
        """Weigh the evidence."""
        if self._dead.at > max(self._boot, self._prompt.at):
            return self._dead
        latest = max(self._prompt, self._landmark, key=lambda evidence: evidence.at)
        if latest.state is State.BOOT_MENU and self._cleared > latest.at:
            return _Evidence(latest.at, State.BOOTING, "the boot menu left the screen")
        if latest is not _NONE:
            return latest
        return _NONE if self._printed else _Evidence(0, State.BLANK)


def _evidence(state: State, match: re.Match[str], at: int) -> _Evidence:
    groups = match.groupdict()
    code = groups.get("code")
    text = evidence_line(groups.get("shown") or match[0])
    return _Evidence(at, state, text, int(code, 16) if code else None)

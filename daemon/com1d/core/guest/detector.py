"""The detector: the guest's state from what it prints. It reads the ring with a cursor of its own.

Evidence is a sequence: all output is read in order, and each alarm is told once, with its offset,
even one that is over by the end of the look. Of other states, the latest counts. A landmark is
evidence from the moment it is printed; a prompt, only while it is the last thing on a silent
console. A state lasts until there is other evidence: a shell is a shell while its commands print.
SAC's prompts count only while they are the last thing on the screen, because a text about SAC looks
the same. A panic or bugcheck lasts until the guest boots; but a guest that shows a prompt again was
only showing a text about one. Output of a command at a prompt is no evidence (`quoting`).

The same output leads to the same findings, however it is cut into looks.
"""

import re
from bisect import bisect_right
from operator import itemgetter
from typing import Final

from com1d.core.carried import carried
from com1d.core.guest import quoting
from com1d.core.guest.asides import Tail
from com1d.core.guest.evidence import evidence_line
from com1d.core.guest.landmarks.landmark import Landmark
from com1d.core.guest.life import Evidence, Life
from com1d.core.guest.packets import PACKET_MAX, last_packet
from com1d.core.guest.places import Places
from com1d.core.guest.portion import LOOK_MAX
from com1d.core.guest.prompts import LINES_BEFORE, Prompt
from com1d.core.guest.quoting import NOTHING, KernelClock
from com1d.core.guest.sightings import Sighting, latest, line_start, rules, search
from com1d.core.guest.states import DEAD, LINUX, WAITS, Finding, State, Told
from com1d.core.guest.text import CLEARED, ERASED, MARKS, MOVED, PlainText


BACKLOG_MAX: Final = 256 * 1024
"""Bytes that are read in full, in several looks: what a FIFO of 64 KiB kept while the daemon was
away, or a fast port's boot, several times. A guest that is further ahead is skimmed: its newest
bytes are looked at, and the others counted as skipped."""

QUIET: Final = 0.150
"""Seconds of silence after which the end of the output may be a prompt."""

KEPT: Final = 4096
"""Characters of earlier text kept for the next look: twice a screen of 80 x 24."""

TOLD_MAX: Final = 200
"""Alarms and notices of one look: ten times as many as are told in one go."""

FLEETING: Final = frozenset({State.SAC, State.SAC_CHANNEL, State.CMD_LOGIN, State.BUGCHECK})
"""Prompts that hold only until something else is printed. A command of SAC ends with a prompt."""

_WIPED: Final = f"{MOVED}\n{ERASED}"
"""The screen was cleared: the cursor was moved, mostly to the first cell, and all behind it
erased."""


@carried(without={"_kind": "configured", "_rules": "configured"})
class Detector:
    """The state of one guest. `guest` is `windows`, `linux` or `auto`: whose texts count."""

    __slots__ = (
        "_clock", "_command", "_kind", "_length", "_life", "_open", "_packet", "_places", "_plain",
        "_rules", "_tail", "_text", "_told", "cursor", "finding", "settled", "skipped",
    )  # fmt: skip

    def __init__(self, guest: str, now: float = 0.0, offset: int = 0) -> None:
        """Begin with a guest that has printed nothing yet, at `offset` of the ring."""
        self._kind = guest
        self._rules = rules(guest)
        self._plain = PlainText()
        self._places = Places()
        self.skipped = 0
        """Bytes that were not looked at, because the guest printed too much."""
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
        self._life = Life()
        self._packet = b""
        self._tail = Tail()
        self._command = NOTHING
        self._clock = KernelClock()

    def take(self) -> list[Told]:
        """Give the alarms and notices since the last call, in order."""
        told, self._told = self._told, []
        return told

    def window(self, start: int, end: int) -> int:
        """Tell from which offset to read for a look at a ring that holds `start` to `end`.

        The look takes a `portion` of that; while more is there, another follows.
        """
        begin = max(self.cursor, start)
        return begin if end - begin <= BACKLOG_MAX else end - LOOK_MAX

    def look(self, data: bytes, offset: int, now: float, quiet: float) -> Finding:
        """Take output since the last look, `data` at `offset`; give the finding.

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
        found = self._life.resolve()
        before = self.finding
        since = before.since if found.state is before.state else now
        self.finding = Finding(found.state, since, found.text, found.stop_code)
        return self.finding

    def panicked(self, now: float, evidence: str, stop_code: int | None = None) -> Finding:
        """Note that the hypervisor reported a panic. Only Windows gives a stop code."""
        state = State.KERNEL_PANIC if stop_code is None else State.BUGCHECK
        behind_prompt = self._length + 1
        life = self._life
        if not life.is_dead or stop_code != life.dead.stop_code is not None:
            self._told.append(Told(self.cursor, Finding(state, now, evidence, stop_code)))
        life.dead = Evidence(behind_prompt, state, evidence, stop_code)
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
        self._life.pass_landmark(Evidence(at, State.KERNEL_DEBUGGER, "packets for a debugger"))
        return fresh + self._places.read(self._plain, data[packet:], offset + packet, at)

    def _read(self, fresh: str, now: float) -> None:
        """Note all evidence that ends in the fresh text, in order."""
        text = self._text + fresh
        kept = len(self._text)
        start = self._length - kept  # of `text`, in characters since the first
        self._length += len(fresh)
        life = self._life
        life.printed = life.printed or bool(fresh.strip(MARKS + " \n"))
        if (at := text.rfind("\nSAC>", max(0, kept - 4))) >= 0:
            life.sac = start + at
        if (at := max(text.rfind(CLEARED, kept), text.rfind(_WIPED, max(0, kept - 2)))) >= 0:
            life.cleared = start + at
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
        """Note commands and landmarks in order; give the end of the last that replaces evidence."""
        strong, own = 0, text.rfind("\n", 0, kept)
        number = 0
        for line in (*quoting.lines(text, begin), None):
            end = len(text) if line is None else line.end()
            first, number = number, bisect_right(found, end, number, key=itemgetter(0))
            for sighting in latest(found[first:number]):
                if self._note(*sighting[1:], start, now) and not sighting[1].weak:
                    strong = sighting[0]
            if line is not None and end >= kept:
                self._hear_clock(text[own : line.start()], now)
                own = max(own, line.end())
                self._command = quoting.follow(self._command, line, now, start)
        self._hear_clock(text[own:], now)
        return strong

    def _hear_clock(self, text: str, now: float) -> None:
        """Take the kernel's time stamps, but not from output of a command."""
        if not self._command.reads:
            self._clock.see(text, now, self._command.at)

    def _note(self, rule: Landmark, match: re.Match[str], start: int, now: float) -> bool:
        """Judge one landmark; true where it counts and replaces the evidence before it."""
        at = start + match.end()
        stamp = match.groupdict().get("stamp")
        if self._is_quoted(rule, match, start, now):
            return False
        if rule.state is None:
            self._tell(at, None, rule.notice, evidence_line(match["shown"]))
            return False
        life = self._life
        if rule.weak and not life.is_early:
            return False
        evidence = Evidence.of(rule.state, match, at)
        if rule.state in DEAD:
            self._note_death(rule, evidence, stamp, now)
            return True
        if rule.boots or (rule.weak and life.is_dead):
            life.boot(at)
            self._command = quoting.reborn(self._command, now)
        return life.pass_landmark(evidence, weak=rule.weak)

    def _note_death(
        self, rule: Landmark, evidence: Evidence, stamp: str | None, now: float
    ) -> None:
        """Take a panic or a bugcheck, and tell it if it is not the one that is known."""
        if self._life.die(rule, evidence, None if stamp is None else float(stamp)):
            dead = self._life.dead
            finding = Finding(dead.state, now, dead.text, dead.stop_code)
            self._tell(evidence.at, finding)

    def _is_quoted(self, rule: Landmark, match: re.Match[str], start: int, now: float) -> bool:
        command, clock, is_death = self._command, self._clock, rule.state in DEAD
        stamp = match.groupdict().get("stamp")
        if not command.reads:
            is_past = command.fresh and clock.rules_out(stamp, now, command.at)
            return is_death and (is_past or quoting.outruns(command, stamp, now))
        if rule.boots and quoting.restarts(command, match, start, now):
            return False
        if rule.boots:
            self._command = quoting.seems_reborn(command, now)
        is_now = clock.agrees(stamp, now) or quoting.keeps_pace(command, stamp, now)
        return not (is_death and is_now)

    def _tell(self, at: int, finding: Finding | None, notice: str = "", text: str = "") -> None:
        if len(self._told) < TOLD_MAX:
            self._told.append(Told(self._places.offset(at), finding, notice, text))

    def _look_for_prompt(self) -> None:
        """Note the prompt that the text ends with, with or without asides in it."""
        if self._try_prompts(self._text):
            return
        tail = self._tail.text()
        if tail is not None and self._try_prompts(tail):
            return
        life = self._life
        found = life.resolve()
        if found is life.prompt and found.state in FLEETING and self._printed_since(found.at):
            life.prompt = Evidence(self._length)

    def _try_prompts(self, text: str) -> bool:
        line_end = len(text.rstrip(" \n" + MARKS))
        behind = text[line_end:]
        ended = behind.count("\n") > behind.count(MOVED) + behind.count(ERASED)
        if CLEARED in behind:
            return True
        state = self._life.resolve().state
        begins = [line_start(text, line_end, lines) for lines in range(LINES_BEFORE + 1)]
        for rule in self._rules.prompts:
            if (ended and not rule.ended) or (begin := begins[rule.lines_before]) < 0:
                continue
            if rule.after and state not in rule.after:
                continue
            match = rule.pattern.match(text, begin, line_end)
            if match is not None:
                self._note_prompt(rule, match)
                return True
        return False

    def _note_prompt(self, rule: Prompt, match: re.Match[str]) -> None:
        life = self._life
        if self._command.reads and rule.state in WAITS | DEAD:
            return  # a pager, or the text that it shows
        self._command = NOTHING
        if life.explains(rule):
            return
        if rule.state is life.resolve().state is State.BUGCHECK:
            return  # `!SAC>`, and the STOP code is known
        life.prompt = Evidence.of(rule.state, match, self._length)

    def _printed_since(self, at: int) -> bool:
        """Tell whether a whole line was printed after the one that ended at `at`."""
        since = self._text[max(0, len(self._text) - (self._length - at)) :]
        _, _, lines = since.partition("\n")
        return "\n" in lines.lstrip(" \n" + MARKS)

"""Says what the guest is doing, from what it prints. A reader of the ring like any other.

The latest evidence counts. A landmark is evidence from the moment it is printed; a prompt, only
while it is the last thing on a silent console. What was found stays found until there is other
evidence: a shell is a shell while its commands print. Only what SAC shows has to be there to
count, since a text about SAC looks much the same. A panic or a bugcheck stays until the guest
boots; but a guest that shows a prompt again was only showing a text about one.

The same output leads to the same finding, however it is cut into looks.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from com1d.core.guest.landmarks import LANDMARKS, LINUX_VERSION, Landmark
from com1d.core.guest.prompts import LINES_BEFORE, PROMPTS, Prompt
from com1d.core.guest.states import ANY, DEAD, LINUX, WINDOWS, Finding, State
from com1d.core.guest.text import CLEARED, ERASED, MARKS, MOVED, PlainText


LOOK_MAX: Final = 32768
"""Bytes in one look: four times what the line carries between two. Lines of text of this size take
0.3 ms, with a colour on every word 1 ms, and the worst, nothing but starts of escape sequences,
3 ms."""

QUIET: Final = 0.150
"""Seconds of silence after which the end of the output is taken for a prompt."""

KEPT: Final = 4096
"""Characters of earlier text kept for the next look: twice a screen of 80 x 24."""

REACH: Final = 512
"""Characters from a needle back to the start of its line; no line of a rule is longer."""

TRIES: Final = 200
"""Needles of one rule that are judged in one look. Only a text that quotes it has so many."""

EVIDENCE_MAX: Final = 120
"""Characters of evidence that are shown."""

FLEETING: Final = frozenset({State.SAC, State.SAC_CHANNEL, State.CMD_LOGIN, State.BUGCHECK})
"""Prompts that hold only until something else is printed. A command of SAC ends with a prompt."""

_WIPED: Final = f"{MOVED}\n{ERASED}"
"""The cursor went somewhere, mostly to the first cell, and all behind it was erased."""
_NOT_PRINTABLE: Final = re.compile(r"[^ -~\xa0-\U0010ffff]+")
_COMMAND: Final = re.compile(r"[^\n]{0,200}[#$%] \S")
"""A shell's prompt with a command behind it."""


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
        "_boot", "_cleared", "_dead", "_landmark", "_length", "_open", "_plain", "_printed",
        "_prompt", "_rules", "_sac", "_text", "cursor", "finding", "settled",
    )  # fmt: skip

    def __init__(self, guest: str, now: float = 0.0, offset: int = 0) -> None:
        """Begin with a guest that has printed nothing yet, at `offset` of the ring."""
        self._rules = _rules(guest)
        self._plain = PlainText()
        self.reset(now, offset)

    def reset(self, now: float, offset: int) -> None:
        """Forget everything: the machine was reset when the ring's end was at `offset`."""
        self.cursor = offset
        """Offset of the first byte that was not looked at."""
        self.settled = True
        """Whether a look at a silent console has followed the last output."""
        self.finding = Finding(State.BLANK, now)
        self._plain.forget()
        self._text = "\n"  # the first line begins here
        self._length = len(self._text)
        self._printed = False
        self._landmark = self._prompt = self._dead = _NONE
        self._boot = self._cleared = self._sac = -1
        self._open: set[Landmark] = set()

    def window(self, start: int, end: int) -> int:
        """Tell from which offset to read for a look at a ring that holds `start` to `end`."""
        return max(self.cursor, start, end - LOOK_MAX)

    def look(self, data: bytes, offset: int, now: float, quiet: float) -> Finding:
        """Take what was printed since the last look, `data` at `offset`; say what there is.

        `quiet` is for how many seconds the guest has been silent. Of a guest that printed more
        than `LOOK_MAX` since, the newest bytes are enough.
        """
        if offset != self.cursor:
            self._plain.forget()
            self._text = MOVED  # whatever follows, it is not the start of a line
        self.cursor = offset + len(data)
        self.settled = quiet >= QUIET
        if data:
            self._read(self._plain.read(data))
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
        self._dead = _Evidence(behind_prompt, state, evidence, stop_code)
        self.finding = Finding(state, now, evidence, stop_code)
        return self.finding

    def _read(self, fresh: str) -> None:
        """Note every landmark that ends in the fresh text."""
        text = self._text + fresh
        kept = len(self._text)
        start = self._length - kept  # of `text`, in characters since the first
        self._length += len(fresh)
        self._printed = self._printed or bool(fresh.strip(MARKS + " \n\x00\x07"))
        if (at := text.rfind("\nSAC>", max(0, kept - 4))) >= 0:
            self._sac = start + at
        if (at := max(text.rfind(CLEARED, kept), text.rfind(_WIPED, max(0, kept - 2)))) >= 0:
            self._cleared = start + at
        for rule in self._worth_searching(text, kept):
            # Earlier text is searched again only for a needle whose line was not complete.
            oldest = 0 if rule in self._open else max(0, kept - len(rule.needle) + 1)
            if text.find(rule.needle, oldest) < 0:
                if not oldest:
                    self._open.discard(rule)
                continue
            match = _last_match(rule, text, oldest)
            if match is None:
                self._open.add(rule)
            elif match.end() > kept:
                self._note(rule, match, start)
        self._text = text[-KEPT:]

    def _worth_searching(self, text: str, kept: int) -> tuple[Landmark, ...]:
        """Give the landmarks that may be in the fresh text, by the beginnings of its lines.

        Most begin a line, and one search for them all is much less than one for each.
        """
        if self._open:
            return self._rules.landmarks
        begin = max(0, text.rfind("\n", max(0, kept - REACH), kept))
        if self._rules.beginnings.search(text, begin):
            return self._rules.landmarks
        return tuple(
            rule
            for needle, rules in self._rules.inside
            if text.find(needle, max(0, kept - len(needle) + 1)) >= 0
            for rule in rules
        )

    def _note(self, rule: Landmark, match: re.Match[str], start: int) -> None:
        at = start + match.end()
        if rule.boots:
            self._boot = max(self._boot, at)
        if rule.state in DEAD:
            if at > self._dead.at:
                self._dead = _evidence(rule.state, match, at)
        elif at > self._landmark.at and not (
            rule.state is State.HEALTH_ONLY and self._sac > self._boot
        ):
            self._landmark = _evidence(rule.state, match, at)

    def _look_for_prompt(self) -> None:
        """Note the prompt that the text ends with."""
        line_end = len(self._text.rstrip(" \n" + MARKS))
        behind = self._text[line_end:]
        ended = behind.count("\n") > behind.count(MOVED) + behind.count(ERASED)
        if CLEARED in behind:
            return
        begins = [_line_start(self._text, line_end, lines) for lines in range(LINES_BEFORE + 1)]
        for rule in self._rules.prompts:
            if (ended and not rule.ended) or (begin := begins[rule.lines_before]) < 0:
                continue
            match = rule.pattern.match(self._text, begin, line_end)
            if match is not None:
                self._note_prompt(rule, match)
                return
        found = self._resolve()
        if found is self._prompt and found.state in FLEETING and self._printed_since(found.at):
            self._prompt = _Evidence(self._length)

    def _note_prompt(self, rule: Prompt, match: re.Match[str]) -> None:
        state = self._resolve().state
        if rule.state is State.SHELL and state is State.EMERGENCY:
            return  # it is the maintenance shell
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


class _Rules(NamedTuple):
    landmarks: tuple[Landmark, ...]
    inside: tuple[tuple[str, tuple[Landmark, ...]], ...]
    """Those of them that can stand in the middle of a line, by needle."""
    beginnings: re.Pattern[str]
    """Finds a line that begins with the needle of one of the others."""
    prompts: tuple[Prompt, ...]


@cache
def _rules(guest: str) -> _Rules:
    """Give the rules for a kind of guest: one copy for all consoles."""
    believed = (ANY, guest) if guest != ANY else (ANY, WINDOWS, LINUX)
    landmarks = tuple(rule for rule in LANDMARKS if rule.guest in believed)
    needles = sorted({rule.needle for rule in landmarks if not rule.inside})
    first = "".join(sorted({re.escape(needle[0]) for needle in needles}))  # decides most lines
    return _Rules(
        landmarks,
        _by_needle(rule for rule in landmarks if rule.inside),
        re.compile(rf"\n *+(?=[{first}])(?:{'|'.join(map(re.escape, needles))})"),
        tuple(rule for rule in PROMPTS if rule.guest in believed),
    )


def _by_needle(rules: Iterable[Landmark]) -> tuple[tuple[str, tuple[Landmark, ...]], ...]:
    found: dict[str, list[Landmark]] = {}
    for rule in rules:
        found.setdefault(rule.needle, []).append(rule)
    return tuple((needle, tuple(same)) for needle, same in found.items())


def _line_start(text: str, at: int, lines_before: int) -> int:
    """Give where the line around `at` begins, or one before it; -1 where that is too far away."""
    for _ in range(lines_before + 1):
        at = text.rfind("\n", max(0, at - REACH), at)
        if at < 0:
            return -1
    return at + 1


def _last_match(rule: Landmark, text: str, oldest: int) -> re.Match[str] | None:
    """Find the last place where `text` matches the rule, with a needle from `oldest` on."""
    needle, at = rule.needle, len(text)
    for _ in range(TRIES):
        at = text.rfind(needle, oldest, at + len(needle) - 1)
        if at < 0:
            return None
        begin = (
            at - rule.back if rule.back is not None else _line_start(text, at, rule.lines_before)
        )
        match = rule.pattern.match(text, begin) if begin >= 0 else None
        if match is not None and not (rule is LINUX_VERSION and _is_asked_for(text, begin)):
            return match
    return None


def _is_asked_for(text: str, begin: int) -> bool:
    """Tell whether the line before `begin` is a command: then it is `dmesg`, not a boot."""
    before = _line_start(text, begin - 1, 0)
    return before >= 0 and _COMMAND.match(text, before, begin) is not None


def _evidence(state: State, match: re.Match[str], at: int) -> _Evidence:
    groups = match.groupdict()
    code = groups.get("code")
    text = " ".join(_NOT_PRINTABLE.sub(" ", groups.get("shown") or match[0]).split())
    return _Evidence(at, state, text[:EVIDENCE_MAX], int(code, 16) if code else None)

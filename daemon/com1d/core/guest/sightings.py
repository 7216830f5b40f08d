"""Sightings of landmarks in a text, in order. Plain searches find which patterns to try.

Most landmarks begin a line, so one pattern finds the lines that begin like any of them; only what
can stand in the middle of a line is searched for by itself.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import zip_longest
from typing import Final, NamedTuple, TypeAlias

from ahocorasick_rs import AhoCorasick, MatchKind

from com1d.core.guest.landmarks import LANDMARKS
from com1d.core.guest.landmarks.landmark import Landmark
from com1d.core.guest.prompts import PROMPTS, Prompt
from com1d.core.guest.states import ANY, LINUX, WINDOWS


REACH: Final = 512
"""Characters from a needle back to the start of its line; no line of a rule is longer."""

AHEAD: Final = 1500
"""Characters from a needle to the end of what its pattern can match: five lines of 300."""

TRIES: Final = 200
"""Places in one look at which a needle inside a line is judged."""

CANDIDATES: Final = 600
"""Places judged in one look: a boot of short lines has one in each of `LINES_MAX`, and an alarm
before them counts. Only a text that quotes landmarks has more."""


class Rules(NamedTuple):
    """The landmarks of one kind of guest."""

    beginnings: re.Pattern[str]
    """Finds a line that begins with the needle of a rule."""
    begins: dict[str, tuple[Landmark, ...]]
    """The rules whose needle a line begins with, by the longest needle that it begins with."""
    inside: dict[str, tuple[Landmark, ...]]
    """Those that can stand in the middle of a line, by needle."""
    any_inside: AhoCorasick
    """Tells in one pass whether a text has any of those needles. Most texts have none, and to
    search forty times takes fifteen times as long."""
    prompts: tuple[Prompt, ...]


@cache
def rules(guest: str) -> Rules:
    """Give the rules for a kind of guest: one copy for all consoles."""
    believed = (ANY, guest) if guest != ANY else (ANY, WINDOWS, LINUX)
    landmarks = tuple(rule for rule in LANDMARKS if rule.guest in believed)
    lines = [rule for rule in landmarks if not rule.inside]
    needles = sorted({rule.needle for rule in lines}, key=lambda needle: (-len(needle), needle))
    first = "".join(sorted({re.escape(needle[0]) for needle in needles}))  # decides most lines
    inside = _by_needle(rule for rule in landmarks if rule.inside)
    return Rules(
        re.compile(rf"\n *+(?=[{first}])({'|'.join(map(re.escape, needles))})"),
        {n: tuple(rule for rule in lines if n.startswith(rule.needle)) for n in needles},
        inside,
        AhoCorasick(list(inside), matchkind=MatchKind.LeftmostFirst),
        tuple(rule for rule in PROMPTS if rule.guest in believed),
    )


def _by_needle(chosen: Iterable[Landmark]) -> dict[str, tuple[Landmark, ...]]:
    found: dict[str, list[Landmark]] = {}
    for rule in chosen:
        found.setdefault(rule.needle, []).append(rule)
    return {needle: tuple(same) for needle, same in found.items()}


Sighting: TypeAlias = "tuple[int, Landmark, re.Match[str]]"
"""The end of a match, its landmark, and the match."""


class Sightings(NamedTuple):
    """The landmarks of a text, by where they end, and from where it has to be searched again."""

    found: list[Sighting]
    open: int
    """Where the first needle stands whose pattern may match when there is more text."""


def search(chosen: Rules, text: str, begin: int, kept: int) -> Sightings:
    """Find the landmarks that end behind `kept`, with needles from `begin` on."""
    found: list[Sighting] = []
    still_open = len(text)
    candidates = sorted(_candidates(chosen, text, begin), key=lambda one: one[0])
    for at, rule in candidates[-CANDIDATES:]:
        start = line_start(text, at, rule.lines_before)
        match = rule.pattern.match(text, start) if start >= 0 else None
        if match is None:
            if len(text) - at <= AHEAD:
                still_open = min(still_open, at)
        elif match.end() > kept:
            found.append((match.end(), rule, match))
    found.sort(key=lambda one: one[0])
    return Sightings(found, still_open)


def latest(found: list[Sighting]) -> list[Sighting]:
    """Leave out those that the next one replaces: a boot prints thousands of the same kind."""
    return [
        sighting
        for sighting, following in zip_longest(found, found[1:])
        if following is None or following[1] is not sighting[1] or not sighting[1].is_replaced
    ]


def _candidates(chosen: Rules, text: str, begin: int) -> Iterator[tuple[int, Landmark]]:
    for line in chosen.beginnings.finditer(text, begin):
        for rule in chosen.begins[line[1]]:
            yield line.start(1), rule
    if not chosen.any_inside.find_matches_as_indexes(text[begin:]):
        return
    for needle, same in chosen.inside.items():
        at = text.find(needle, begin)
        for _ in range(TRIES):
            if at < 0:
                break
            for rule in same:
                yield at, rule
            at = text.find(needle, at + 1)


def line_start(text: str, at: int, lines_before: int) -> int:
    """Give where the line around `at` begins, or one before it; -1 where that is too far away."""
    for _ in range(lines_before + 1):
        at = text.rfind("\n", max(0, at - REACH), at)
        if at < 0:
            return -1
    return at + 1

"""The ratios that com1d has to reach, computed from one run.

Every goal compares com1d with the best peer, or the floor, of the same round of a run. It is met
where every round says so, missed where none does, and undecided in between. A goal whose cases were
not measured, or whose peers are not installed, is not there.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Literal

from results import FLOOR, OURS, Results, best
from workloads import Case


Sense = Literal["≤", "≥", "<", ">"]
Verdict = Literal["met", "missed", "undecided"]
HOLDS: dict[Sense, Callable[[float, float], bool]] = {
    "≤": lambda value, limit: value <= limit,
    "≥": lambda value, limit: value >= limit,
    "<": lambda value, limit: value < limit,
    ">": lambda value, limit: value > limit,
}


@dataclass(frozen=True)
class Goal:
    """One promise and what became of it."""

    workload: str
    text: str
    sense: Sense
    limit: float
    value: float | None
    against: str = ""
    rounds: tuple[float, ...] = ()
    """The value of each round; `value` is their median."""

    @property
    def verdict(self) -> Verdict:
        """Tell what the rounds say, which on a noisy machine may not be the same."""
        holds = {HOLDS[self.sense](value, self.limit) for value in self.rounds}
        if len(holds) != 1:
            return "undecided"
        return "met" if holds.pop() else "missed"


def judge(rounds: Sequence[Results]) -> list[Goal]:
    """Give every goal that was measured, with its value in each round."""
    found: dict[tuple[str, str, str, float], list[Goal]] = {}
    for results in rounds:
        for goal in Judge(results).goals():
            if goal.value is not None:  # the best peer may be another in each round
                same_goal = goal.workload, goal.text, goal.sense, goal.limit
                found.setdefault(same_goal, []).append(goal)
    judged = []
    for same in found.values():
        values = tuple(goal.value for goal in same if goal.value is not None)
        judged.append(replace(same[0], value=median(values), rounds=values))
    return judged


class Judge:
    """Works out all goals of a run."""

    def __init__(self, results: Results) -> None:
        self._results = results

    def goals(self) -> list[Goal]:
        """Give every goal, decided or not."""
        return [
            *self._trickle(),
            *self._bulk(),
            *self._echo(),
            *self._scale(),
            *self._slow_client(),
            *self._fan_out(),
            *self._stall(),
            *self._storm(),
        ]

    def _cases(self, workload: str, wanted: Callable[[Case], bool]) -> list[Case]:
        return [case for case in self._results.cases(workload) if wanted(case)]

    def _ours(self, workload: str, case: Case, key: str) -> float | None:
        figures = self._results.find(workload, case, OURS)
        return figures.get(key) if figures else None

    def _against_best(
        self, workload: str, case: Case, key: str, *, more: bool = False, any_kind: bool = False
    ) -> tuple[float | None, float | None, str]:
        """Give our figure, the best peer's, and that peer's name.

        With `any_kind`, a peer may use the kind of port that suits it best.
        """

        def wanted(other: Case) -> bool:
            alike = (other.consoles, other.logs) == (case.consoles, case.logs)
            return other == case or (any_kind and alike)

        found = [
            (figures[key], f"{row.subject} {row.case.kind}" if any_kind else row.subject)
            for row, figures in self._results.peers(workload, wanted)
            if figures.get(key) is not None
        ]
        theirs = best([value for value, _ in found], more=more)
        name = next((name for value, name in found if value == theirs), "")
        return self._ours(workload, case, key), theirs, name

    def _ratio(
        self, text: str, sense: Sense, limit: float, workload: str, case: Case, key: str, *,
        any_kind: bool = False,
    ) -> Goal:  # fmt: skip
        more = sense in "≥>"
        ours, theirs, name = self._against_best(workload, case, key, more=more, any_kind=any_kind)
        value = ours / theirs if ours is not None and theirs else None
        return Goal(workload, text, sense, limit, value, name)

    def _trickle(self) -> Iterator[Goal]:
        limits = {
            ("pty", 1): 1, ("unix", 1): 1,
            ("pty", 16): 1 / 10, ("pty", 64): 1 / 5, ("pty", 256): 1 / 2,
            ("unix", 16): 1 / 3.5, ("unix", 64): 0.75, ("unix", 256): 1 / 2,
            ("pipe", 16): 1 / 9, ("pipe", 64): 1 / 4,
        }  # fmt: skip
        for case in self._cases("W1", lambda case: not case.logs):
            limit = limits.get((case.kind, case.consoles))
            if limit is not None:
                yield self._ratio(
                    f"CPU per MB, {case}", "≤", limit, "W1", case, "cpu_per_mb",
                    any_kind=case.kind == "pipe",
                )  # fmt: skip
            if case.consoles >= 16:
                yield self._floor(case)
            if case.consoles <= 64:
                yield Goal("W1", f"p99 ms, {case}", "≤", 3, self._ours("W1", case, "p99"))
                yield Goal("W1", f"bytes lost, {case}", "≤", 0, self._ours("W1", case, "lost"))
        for case in self._cases("W1", lambda case: case.logs):
            yield self._logs(case)

    def _floor(self, case: Case) -> Goal:
        ours = self._ours("W1", case, "cpu_per_mb")
        floor = self._results.find("W1", case, FLOOR)
        value = ours / floor["cpu_per_mb"] if ours is not None and floor else None
        return Goal("W1", f"CPU per MB, {case}", "≤", 1.3, value, FLOOR)

    def _logs(self, case: Case) -> Goal:
        ours = self._ours("W1", case, "cpu_per_mb")

        def plain(other: Case) -> bool:
            return not other.logs and (other.kind, other.consoles) == (case.kind, case.consoles)

        others = self._cases("W1", plain)
        without = self._ours("W1", others[0], "cpu_per_mb") if others else None
        value = ours / without if ours is not None and without else None
        return Goal("W1", f"CPU per MB, {case}", "≤", 1.5, value, "without logs")

    def _bulk(self) -> Iterator[Goal]:
        for case in self._cases("W2", lambda _: True):
            if case.kind == "pty":
                yield self._ratio(f"MB/s, {case}", "≥", 0.95, "W2", case, "mb_per_s")
                continue
            for key, text in (("mb_per_s", "MB/s"), ("mb_per_cpu_s", "MB per CPU second")):
                yield self._ratio(
                    f"{text}, {case}", ">", 1, "W2", case, key, any_kind=case.kind == "pipe"
                )

    def _echo(self) -> Iterator[Goal]:
        limits = {16: 0.6, 64: 2.4}
        for case in self._cases("W3", lambda _: True):
            busy = case.options["busy"]
            any_kind = case.kind == "pipe"
            ours, theirs, name = self._against_best("W3", case, "p99", any_kind=any_kind)
            if not busy:
                more = ours - theirs if ours is not None and theirs is not None else None
                yield Goal("W3", f"echo p99 ms above the best, {case}", "≤", 0.1, more, name)
                continue
            yield Goal("W3", f"echo p99 ms, {case}", "≤", limits[busy], ours)
            yield self._ratio(f"echo p99, {case}", "<", 1, "W3", case, "p99", any_kind=any_kind)

    def _scale(self) -> Iterator[Goal]:
        for case in self._cases("W4", lambda case: case.consoles == 1):
            ready = self._ours("W4", case, "ready")
            yield Goal("W4", f"seconds until ready, {case}", "≤", 0.5, ready)
        for case in self._cases("W4", lambda case: case.consoles >= 1000):
            each = self._ours("W4", case, "pss_kib_each")
            idle = self._ours("W4", case, "idle_cpu")
            yield Goal("W4", f"KiB PSS per console, {case}", "≤", 25, each)
            yield Goal("W4", f"idle share of a core, {case}", "≤", 0.005, idle)
            if case.consoles == 4000:
                ready = self._ours("W4", case, "ready")
                yield Goal("W4", f"seconds until ready, {case}", "≤", 3, ready)

    def _slow_client(self) -> Iterator[Goal]:
        for case in self._cases("W5", lambda _: True):
            ours, alone = (self._ours("W5", case, key) for key in ("mb_per_s", "alone"))
            share = ours / alone if ours is not None and alone else None
            grown = self._ours("W5", case, "grown_mib")
            yield Goal("W5", f"reader's rate, {case}", "≥", 0.95, share, "alone")
            yield Goal("W5", f"MiB grown, {case}", "≤", 1, grown)
            if case.options:
                stall = self._ours("W5", case, "stall_max")
                yield Goal("W5", f"guest's longest wait ms, {case}", "≤", 20, stall)

    def _fan_out(self) -> Iterator[Goal]:
        for case in self._cases("W6", lambda _: True):
            times = self._ours("W6", case, "times")
            yield Goal("W6", f"CPU of 51 clients, {case}", "≤", 10, times, "1 client")

    def _stall(self) -> Iterator[Goal]:
        for case in self._cases("W7", lambda _: True):
            if case.options and case.kind == "pipe":
                fill = self._ours("W7", case, "fill")
                yield Goal("W7", f"FIFO's fill, {case}", "<", 1, fill)
            elif not case.options and case.kind == "unix":
                wait = self._ours("W7", case, "wait_ms")
                yield Goal("W7", f"longest wait ms, {case}", "≤", 20, wait)

    def _storm(self) -> Iterator[Goal]:
        slower = {"pipe": 1.25, "unix": 1.5}
        for case in self._cases("W8", lambda _: True):
            ours = self._ours("W8", case, "through")
            floor = self._results.find("W8", case, FLOOR)
            if case.kind in slower and case.consoles == 65 and floor and ours is not None:
                value = ours / floor["through"]
                text = f"time until the last guest is through, {case}"
                yield Goal("W8", text, "≤", slower[case.kind], value, FLOOR)
            yield self._ratio(
                f"time until the last is through, {case}", "≤", 1, "W8", case, "through",
                any_kind=case.kind == "pipe",
            )  # fmt: skip
            yield Goal("W8", f"echo p99 ms, {case}", "≤", 10, self._ours("W8", case, "p99"))
            fairness = self._ours("W8", case, "fairness")
            yield Goal("W8", f"slowest to fastest guest, {case}", "≤", 1.5, fairness)
            for key, what in (("lost", "bytes lost to clients"), ("gaps", "gaps in logs")):
                yield Goal("W8", f"{what}, {case}", "≤", 0, self._ours("W8", case, key))

"""Refusals: the first of a kind is told to log and audit, repeated ones only as a count.

Any process that may open the socket can cause hundreds of refusals a second. Told one by one, they
would push older lines out of the audit within minutes, and so hide what was done before. So all
lines of refusals share an allowance, which takes more than 90 days to push the history out.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from com1d.core.allowance import Allowance
from com1d.core.carry import Packed, pack, restore, unpack
from com1d.errors import Forbidden, MfaRequired, NotFound, PasteTooLong
from com1d.telemetry import facts


MERGED: Final = frozenset({NotFound.code, Forbidden.code, MfaRequired.code, PasteTooLong.code})
"""Outcomes that a caller without a role can cause as often as he likes."""

SECONDS: Final = 60.0
"""Seconds from one count to the next: one line a minute for each kind, however many refusals."""

KINDS_OF_USER: Final = 32
"""Kinds of refusals of one user that are counted apart: names of consoles can be invented, too.
What is more is his rest."""

BURST: Final = 1000
"""Lines of refusals that may come at once, after a quiet time: half a megabyte. No more kinds are
counted apart, as each has had a line within the last minute: users can be invented, too."""

SECONDS_A_LINE: Final = 20.0
"""For each line of refusals in the long run. With the one a minute that counts what is over it,
that is under 6,000 a day and, at 400 bytes, less than the audit's 256 MiB in 90 days."""

Refused: TypeAlias = facts.VerbUsed | facts.AttachRefused
_Kind: TypeAlias = tuple[str | int | None, ...]


ALL: Final[_Kind] = ()
"""The kind of all refusals that there is no line for any more."""


@dataclass(slots=True)
class _Run:
    last: Refused
    timer: asyncio.TimerHandle
    count: int = 0
    """Refusals since the first line, or the last count."""


class Refusals:
    """Counts repeated refusals of the same user."""

    def __init__(self, record: Callable[[facts.Fact], None], seconds: float = SECONDS) -> None:
        """Tell counts with `record`, each after `seconds`."""
        self._record = record
        self._seconds = seconds
        self._loop = asyncio.get_running_loop()
        self._allowance = Allowance(BURST, SECONDS_A_LINE)
        self._runs: dict[_Kind, _Run] = {}
        self._kinds_of: Counter[_Kind] = Counter()

    def passes(self, fact: facts.Fact) -> bool:
        """Say whether a fact is to be told now; what is not is in the next count."""
        if not isinstance(fact, facts.VerbUsed | facts.AttachRefused) or fact.outcome not in MERGED:
            return True
        kind = self._kind(fact)
        if run := self._runs.get(kind):
            run.last, run.count = fact, run.count + 1
            return False
        if not self._allowance.take(self._loop.time()):
            self._count_in_all(fact)
            return False
        self._begin(kind, fact)
        return True

    def hand_over(self) -> Packed:
        """Give what was counted and not told yet."""
        runs = [(kind, run.last, run.count) for kind, run in self._runs.items()]
        return {"allowance": pack(self._allowance), "runs": pack(runs)}

    def take_over(self, packed: Packed) -> None:
        """Go on counting where another process was; each count is told after its time."""
        restore(self._allowance, packed["allowance"])
        for kind, last, count in unpack(packed["runs"]):
            self._begin(kind, last).count = count

    def close(self) -> None:
        """Tell what was counted so far."""
        for kind in (*filter(None, tuple(self._runs)), ALL):
            if run := self._runs.get(kind):
                run.timer.cancel()
                self._tell(kind)
        for run in self._runs.values():
            run.timer.cancel()
        self._runs.clear()
        self._kinds_of.clear()

    def _kind(self, fact: Refused) -> _Kind:
        """Give the key of a refusal's count: its own or, beyond the bounds, a common one."""
        user: _Kind = (fact.who.uid, fact.who.gateway, fact.who.user)
        how = (fact.mode, fact.via) if isinstance(fact, facts.AttachRefused) else ()
        kind = (*user, fact.outcome, fact.console, _verb(fact), *how)
        if kind in self._runs:
            return kind
        return user if self._kinds_of[user] >= KINDS_OF_USER else kind

    def _begin(self, kind: _Kind, fact: Refused) -> _Run:
        run = _Run(fact, self._loop.call_later(self._seconds, self._tell, kind))
        self._runs[kind] = run
        self._kinds_of[kind[:3]] += 1
        return run

    def _count_in_all(self, fact: Refused, count: int = 1) -> None:
        """Count what there is no line for any more, whoever it was."""
        run = self._runs.get(ALL) or self._begin(ALL, fact)
        run.last, run.count = fact, run.count + count

    def _tell(self, kind: _Kind) -> None:
        """Tell a count and go on; forget a kind that did not come again."""
        run = self._runs[kind]
        last, count, run.count = run.last, run.count, 0
        if count and (kind == ALL or self._allowance.take(self._loop.time())):
            run.timer = self._loop.call_later(self._seconds, self._tell, kind)
            self._record(
                facts.RefusalsMerged(
                    last.who, last.console, None, _verb(last), last.outcome, count, self._seconds
                )
            )
            return
        del self._runs[kind]
        self._kinds_of[kind[:3]] -= 1
        if not self._kinds_of[kind[:3]]:
            del self._kinds_of[kind[:3]]
        if count:
            self._count_in_all(last, count)


def _verb(fact: Refused) -> str:
    return fact.verb if isinstance(fact, facts.VerbUsed) else "attach"

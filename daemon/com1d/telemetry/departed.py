"""What the consoles that have gone had counted, so that sums over all consoles never fall.

Prometheus takes a counter that falls for one that began again at 0, and would count the rest twice.
"""

from typing import Any

from com1d.core.carried import carried
from com1d.telemetry.samples import ConsoleSample
from com1d.telemetry.table import CONSOLE, Kind


@carried()
class Departed:
    """The counters of gone consoles, summed by metric: plain data."""

    __slots__ = ("_sums",)

    def __init__(self) -> None:
        """Begin with nothing."""
        self._sums: dict[str, Any] = {}

    def add(self, console: ConsoleSample) -> None:
        """Add a console that is served no more."""
        for metric in CONSOLE:
            if metric.kind is Kind.COUNTER:
                values = [*self.of(metric.name), metric.value(console)]
                self._sums[metric.name] = metric.together(values)

    def of(self, name: str) -> list[Any]:
        """Give the sum for one metric, or nothing."""
        return [self._sums[name]] if name in self._sums else []

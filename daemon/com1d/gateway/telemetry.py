"""What the gateway says of itself: lines for the journal, and numbers for Prometheus."""

import logging
import sys
import time
from typing import Any, Final

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from com1d.core.allowance import Allowance
from com1d.mistakes import places_of


NOISE: Final = 50
NOISE_SECONDS: Final = 1.0
"""Lines about what strangers do: fifty at once and one a second, so that they cannot fill the
journal. What is passed over is counted and told with the next."""


class Telemetry:
    """The journal and the metrics."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.connections = self._gauge("connections", "Open connections of browsers")
        self.streams = self._gauge("streams", "Open WebSockets")
        self.requests = self._counter("requests", "Answered requests, by status", "status")
        self.signins = self._counter("signins", "Sign-ins, by way and outcome", "way", "outcome")
        self.turned_away = self._counter(
            "turned_away", "Connections closed before a whole request", "reason"
        )
        self.certificates = self._counter("certificates", "Certificates taken anew", "outcome")
        self._log = structlog.get_logger()
        self._noise = Allowance(NOISE, NOISE_SECONDS)

    def page(self) -> bytes:
        """Give the page for Prometheus."""
        return generate_latest(self.registry)

    def say(self, event: str, **fields: Any) -> None:
        """Write a line about what the gateway did."""
        self._log.info(event, **fields)

    def warn(self, event: str, **fields: Any) -> None:
        """Write a line about what somebody has to look at."""
        self._log.warning(event, **fields)

    def fail(self, event: str, error: BaseException, **fields: Any) -> None:
        """Write a line about a mistake in com1-web itself."""
        kind, at = type(error).__name__, places_of(error)  # its text may be somebody's
        self._log.error(event, **fields, error=kind, at=at)

    def refuse(self, event: str, **fields: Any) -> None:
        """Write a line about what somebody was refused, unless strangers cause too many."""
        if self._noise.take(time.monotonic()):
            if skipped := self._noise.passed_over():
                fields["skipped"] = skipped
            self._log.warning(event, **fields)

    def _gauge(self, name: str, text: str) -> Gauge:
        return Gauge(f"com1web_{name}", text, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"com1web_{name}", text, labels, registry=self.registry)


def configure() -> None:
    """Write to stderr: one JSON object a line; on a terminal, words whose values are escaped."""
    if sys.stderr.isatty():
        renderer: Any = structlog.processors.KeyValueRenderer(key_order=["timestamp", "event"])
    else:
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )

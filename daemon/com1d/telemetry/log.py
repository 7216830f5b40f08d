"""Facts become structlog events: JSON for the journal, colours for a terminal."""

import logging
import sys
from typing import Final

import structlog

from com1d.telemetry.facts import Fact


_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure() -> None:
    """Write to stderr: readable where that is a terminal, else one JSON object per line."""
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def log(fact: Fact) -> None:
    """Write one fact."""
    structlog.get_logger().log(_LEVELS[fact.level], fact.event, **fact.fields())

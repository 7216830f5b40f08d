"""Facts become structlog events: JSON for the journal, colours for a terminal."""

import logging
import sys
from typing import Final

import structlog
from structlog.typing import EventDict

from com1d.telemetry.facts import Fact


_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}


def configure() -> None:
    """Write to stderr: readable where that is a terminal, else one JSON object per line."""
    terminal = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer()
    harmless = [printable] if terminal else []  # JSON escapes by itself
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            *harmless,
            renderer,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def printable(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Escape what does not print: names that somebody asked for, texts of hypervisors.

    A terminal would act on it. The traceback of a bug keeps its lines.
    """
    return {
        key: _escaped(value, "\n" if key == "exception" else "") for key, value in event.items()
    }


def _escaped(value: object, kept: str) -> object:
    if isinstance(value, str):
        return "".join(
            char if char.isprintable() or char in kept else repr(char)[1:-1] for char in value
        )
    if isinstance(value, list | tuple):
        return type(value)(_escaped(item, kept) for item in value)
    if isinstance(value, dict):
        return {_escaped(key, kept): _escaped(item, kept) for key, item in value.items()}
    return value


def log(fact: Fact) -> None:
    """Write one fact."""
    structlog.get_logger().log(_LEVELS[fact.level], fact.event, **fact.fields())

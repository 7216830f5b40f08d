"""Serving as a process: from the configuration's path to an exit code."""

import asyncio
import sys
from pathlib import Path

import uvloop

from com1d import config
from com1d.daemon.dispositions import ignore_here_only
from com1d.daemon.handover.successor import Successor
from com1d.daemon.init import reap_if_first
from com1d.daemon.service import Service
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_OK, Com1Error, ConfigError
from com1d.loop.stalls import HoldTimes


def serve(path: Path) -> int:
    """Serve the configuration at `path` until told to stop."""
    reap_if_first()
    ignore_here_only()
    successor = Successor.invited()
    try:
        loaded = config.load(path)
    except ConfigError as error:
        if successor is not None:
            successor.refuse(f"{path}: {error}")
        sys.stderr.write(f"{error}\ncom1d: not started; see `com1d check --config {path}`\n")
        return EX_CONFIG

    async def live() -> None:
        service = Service(loaded, path, HoldTimes(), successor)
        asyncio.get_running_loop().set_exception_handler(service.chronicle.note_bug)
        await service.run()

    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(live())
    except ConfigError as error:
        sys.stderr.write(f"{error}\ncom1d: not started; see `com1d check --config {path}`\n")
        return EX_CONFIG
    except (Com1Error, OSError, KeyError) as error:
        sys.stderr.write(f"com1d: not started: {error}\n")
        return EX_FAILURE
    return EX_OK

"""States of the format before this one, and states that are damaged."""

import hashlib
import json
import os
import random
import socket
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from com1d.daemon.handover.form import FORMAT, decode, encode, in_this_format
from com1d.errors import StateRefused
from daemon.handover.manager import Manager
from daemon.handover.process import pipe
from house import FifoGuest, read_bytes


BEFORE = Path(__file__).parent / "states" / "format1.json"
"""What com1d left at a restart when its state had format 1: a console of 4 KiB, with 24 bytes."""

TEXT = b"from the format before\r\n"
PLACES = 200


def memory(name: str, data: bytes) -> int:
    fd = os.memfd_create(name)
    os.write(fd, data)
    return fd


def leave(manager: Manager, folder: Path) -> None:
    """Put everything into the store as that version did."""
    body = BEFORE.read_bytes().replace(b"@FOLDER@", str(folder).encode())
    head = b"com1d-state 1 %s\n" % hashlib.sha256(body).hexdigest().encode()
    guest = folder / "guests" / "web01"
    (folder / "run" / "consoles").mkdir(parents=True)
    for path, name in json.loads(body)["doors"].items():
        door = socket.socket(socket.AF_UNIX)
        door.bind(path)
        door.listen()
        manager.kept[name] = door.detach()
    manager.kept["web01/line/out"] = os.open(f"{guest}.out", os.O_RDONLY | os.O_NONBLOCK)
    manager.kept["web01/line/in"] = os.open(f"{guest}.in", os.O_WRONLY | os.O_NONBLOCK)
    manager.kept["web01/scrollback"] = memory("scrollback", TEXT.ljust(4096, b"\0"))
    manager.kept["com1d-state"] = memory("state", head + body)


@pytest.mark.one_loop
async def test_a_state_of_the_format_before_is_gone_on_with(run_dir):
    """Its scrollback had nothing in front of it; it is the same scrollback now."""
    (run_dir / "guests").mkdir()
    for end in ("in", "out"):
        os.mkfifo(run_dir / "guests" / f"web01.{end}")
    async with AsyncExitStack() as stack:
        manager = Manager(run_dir, pipe(run_dir, "web01", 'scrollback = "4KiB"'))
        stack.callback(manager.close)
        guest = FifoGuest(run_dir / "guests" / "web01").start()
        stack.callback(guest.stop)
        leave(manager, run_dir)
        daemon = await manager.begin()
        guest.print(b"and after it\r\n")
        session = await stack.enter_async_context(daemon.attach("web01", "?from=0"))
        seen = await read_bytes(session, len(TEXT) + 14)
        shown = await daemon.shown("web01")
        await manager.end(daemon, "stop")

    assert TEXT + b"and after it\r\n" == seen
    assert (38, True) == (shown["offset"], shown["connected"])
    assert [] == [fact for fact in daemon.facts() if fact["event"] == "state.unread"]


@pytest.mark.parametrize("number", [0, FORMAT + 1])
def test_a_format_that_is_not_known_is_refused(number):
    """Older than the one before, or of a version to come."""
    with pytest.raises(StateRefused, match=f"format {number}, and this version reads {FORMAT}"):
        in_this_format({}, number)


def test_no_damage_of_a_state_is_missed():
    """One bit, anywhere: it is refused as a whole."""
    whole, chance = (
        encode({"consoles": {"web01": {"offset": 12345}}, "text": "x" * 4000}),
        (random.Random(16)),
    )
    for _ in range(PLACES):
        place, bit = chance.randrange(len(whole)), 1 << chance.randrange(8)
        damaged = bytearray(whole)
        damaged[place] ^= bit
        with pytest.raises(StateRefused):
            decode(bytes(damaged))
    assert decode(whole)["consoles"] == {"web01": {"offset": 12345}}

"""A boot as a film, and as a file of asciinema."""

import base64
import json

from com1d.frontends.session.film import Frame, cast, frames
from com1d.frontends.session.link import Link
from com1d.frontends.terminal.player import CLEAR, Player
from frontends.double import response, serving


FILM = [Frame(0.0, b"a"), Frame(2.0, b"b"), Frame(30.0, b"c")]


def test_a_cast_has_whole_characters():
    """A character that is cut by the end of a piece goes with the next one."""
    pieces = [Frame(0.0, "ä".encode()[:1]), Frame(0.5, "ä漢".encode()[1:]), Frame(1.0, b"\xff")]
    head, *lines = map(json.loads, cast(iter(pieces), "web01, boot -1", 7))
    assert (2, 80, 24, 7) == (head["version"], head["width"], head["height"], head["timestamp"])
    assert [[0.5, "o", "ä漢"], [1.0, "o", "\ufffd"]] == lines


def test_pauses_are_bounded(run_dir):
    """Times are those of the log, and no pause is longer than wanted."""
    pieces = [
        {"offset": 0, "at": "2026-01-31T12:00:00Z", "data": base64.b64encode(b"one").decode()},
        {"offset": 3, "at": "2026-01-31T12:00:01Z", "mark": "note", "facts": {}},
        {"offset": 3, "at": "2026-01-31T12:05:00Z", "data": base64.b64encode(b"two").decode()},
        {"end": 6},
    ]
    log = "".join(f"{json.dumps(piece)}\n" for piece in pieces).encode()
    with serving(run_dir / "t", b"", response(log)):
        film = list(frames(Link(str(run_dir / "t")), "a", 0, 3.0))

    assert [Frame(0.0, b"one"), Frame(3.0, b"two")] == film


def test_playing():
    """The clock runs as fast as wanted, and stops; what is due is shown once."""
    player = Player(FILM, 2.0)
    assert b"a" == player.advance(0.0)
    assert 1.0 == player.wait()
    assert b"b" == player.advance(1.0)
    player.handle(b" ")
    assert b"" == player.advance(100.0)
    assert player.wait() is None
    player.handle(b" ")
    player.handle(b"+")
    assert 4.0 == player.speed
    assert b"c" == player.advance(7.0)
    assert player.over


def test_seeking():
    """Ahead shows what lies between, back shows all from the beginning."""
    player = Player(FILM, 1.0)
    assert b"ab" == player.handle(b"\x1b[C")
    assert b"" == player.handle(b"\x1b[C")
    assert b"c" == player.handle(b"\x1b[C")
    assert CLEAR + b"ab" == player.handle(b"\x1b[D")
    player.handle(b"-")
    assert 0.5 == player.speed
    player.handle(b"q")
    assert player.left

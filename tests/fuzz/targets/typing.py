"""What is typed on a raw socket: the burst limit, marked pastes, and the translation of keys."""

import re
from contextlib import suppress

from com1d.core.keys.keys import Profile
from com1d.core.keys.translator import MAX_SEQUENCE, Translator, Write
from com1d.core.paste import paste
from com1d.core.paste.burst import END, START, BurstLimit, Cut, Pasted, Refused, Typed, Unfinished
from com1d.errors import Problem


LIMIT = 24
"""Characters: small, so that inputs of a few bytes are over it."""

ENDLESS = re.compile(rb"\x1b\[[ -?]{%d}" % (MAX_SEQUENCE - 2))
"""A sequence that is too long to be held until its end: it is given up where it was cut."""

SEEDS = (
    b"\0\x05dir\r\x1b[A\x1bOP\x1b[19;2~",
    b"\1\x03" + START + b"echo one\r\necho two\n" + END + b"after",
    b"\2\x01\x1b[3~ch -si 1\r\x1b\t0\x03",
    b"\3\x08" + START + b"x" * 30 + END,
    b"\1\x02\xe2\x82\xac\xf0\x9f\x99\x82\xff" + b"y" * 30,
    b"\2\x09" + START + b"no end",
)


def target(data: bytes) -> None:
    """Expect no byte lost uncounted, nothing that depends on the cuts, and little held.

    The first byte chooses the key profile and whether time passes between pieces, the second how
    long those are.
    """
    if len(data) < 2:
        return
    profile = tuple(Profile)[data[0] % len(Profile)]
    size, pause = data[1] or len(data), (data[0] >> 4) * 0.004
    typed = data[2:]
    _limited([typed[at : at + size] for at in range(0, len(typed), size)], pause)
    _translated(typed, size, profile)


def _limited(pieces: list[bytes], pause: float) -> None:
    limit, passed, now = BurstLimit(LIMIT, 115200), [], 0.0
    for piece in pieces:
        passed += limit.feed(piece, now)
        assert len(limit._held) < len(START) + 4
        assert limit._paste is None or len(limit._paste.data) <= LIMIT * 4
        now += pause
    passed += limit.close()
    data = b"".join(pieces)
    if START not in data:
        assert not [one for one in passed if isinstance(one, Pasted | Refused | Unfinished)]
    if not [one for one in passed if isinstance(one, Pasted | Refused | Unfinished)]:
        cut = sum(one.size for one in passed if isinstance(one, Cut))
        assert len(data) == cut + sum(len(one.data) for one in passed if isinstance(one, Typed))
    for one in passed:
        if isinstance(one, Pasted):
            with suppress(Problem):
                text = paste.prepare(paste.decode(one.data), LIMIT).text
                assert len(text) <= LIMIT
                assert "\x1b" not in text


def _translated(typed: bytes, size: int, profile: Profile) -> None:
    whole, cut = Translator(profile), Translator(profile)
    once = _written(whole.feed(typed, 0.0), whole)
    commands = []
    for at in range(0, len(typed), size):
        commands += cut.feed(typed[at : at + size], 0.0)
        assert len(cut._held) <= MAX_SEQUENCE
    if not ENDLESS.search(typed):
        assert once == _written(commands, cut)
    if profile is Profile.XTERM:
        assert typed == once
    if profile is Profile.SAC:
        assert b"\x03" not in once


def _written(commands: list, translator: Translator) -> bytes:
    """Join what goes to the guest, up to what is let go when no more comes."""
    commands = [*commands, *translator.expire(9.0)]
    return b"".join(one.data for one in commands if isinstance(one, Write))

"""Encryption at rest: nothing readable on the disk, and never plain text for want of a key."""

import os
from pathlib import Path

import pytest

from bootlog.household import BANNER, everything, living
from com1d.bootlog.sealing import KEY_BYTES, Keyring, LockedError, Seal
from com1d.core.store.records import DamagedError
from com1d.telemetry.facts import LogFailed


KEY, OTHER_KEY = bytes(range(KEY_BYTES)), bytes(KEY_BYTES)
SECRET = b"root password: correct horse battery staple\r\n"


def on_the_disk(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_nothing_readable_is_on_the_disk(tmp_path: Path):
    """Not what the guest printed, and not who was there; yet all of it can be read with the key."""
    async with living(tmp_path, keyring=Keyring(KEY)) as house:
        console = house.console("web01")
        console.print(BANNER + SECRET * 100)
        console.store.mark("session", user="ann-of-accounting")
        await house.library.settle()
        stored = on_the_disk(tmp_path)

        assert len(stored) > len(SECRET) * 100
        assert not any(word in stored for word in (b"SeaBIOS", b"password", b"ann", b"firmware"))
    async with living(tmp_path, keyring=Keyring(KEY)) as house:
        console = house.console("web01")
        assert BANNER + SECRET * 100 == await everything(console)
        assert ["ann-of-accounting"] == [m.facts["user"] for m in await console.store.past.marks()]
        assert [(0, "firmware")] == [(b.offset, b.cause) for b in console.store.past.boots()]
        assert [] == house.told


@pytest.mark.parametrize(
    ("keyring", "expected"),
    [
        (Keyring(), "it is encrypted, and log_key is not set"),
        (Keyring(OTHER_KEY), "it is encrypted with another key than that in log_key"),
    ],
)
async def test_without_the_key_nothing_is_written_or_read(
    tmp_path: Path, keyring: Keyring, expected: str
):
    """The console works, its log says which key it wants, and no plain text is ever written."""
    async with living(tmp_path, keyring=Keyring(KEY)) as house:
        house.console("web01").print(SECRET)
    before = on_the_disk(tmp_path)
    async with living(tmp_path, keyring=keyring) as house:
        console = house.console("web01")
        assert len(SECRET) == console.store.end
        [fact] = house.tells(LogFailed)
        assert f"the log of web01 is locked: {expected}; give log_key the key" in fact.reason
        console.print(b"plain text")
        await house.until(lambda: console.store.failing)

        assert fact.reason == console.store.failing
        assert before == on_the_disk(tmp_path)
        with pytest.raises(LockedError, match=expected):
            await everything(console)
        console2 = house.console("web02")
        console2.print(b"others go on")
        assert b"others go on" == await everything(console2)
    async with living(tmp_path, keyring=Keyring(KEY)) as house:
        assert SECRET == await everything(house.console("web01"))


async def test_a_plain_log_goes_on_encrypted(tmp_path: Path):
    """From the moment that there is a key, nothing more is written without it."""
    async with living(tmp_path) as house:
        house.console("web01").print(b"plain ")
    async with living(tmp_path, keyring=Keyring(KEY)) as house:
        console = house.console("web01")
        console.print(SECRET)

        assert b"plain " + SECRET == await everything(console)
        assert SECRET not in on_the_disk(tmp_path)
        assert b"plain " in on_the_disk(tmp_path)


def test_a_piece_is_bound_to_its_place():
    """Ciphertext that was changed, or moved to another place of the stream, is refused."""
    seal = Seal(KEY)
    stored, proof = seal.protect(SECRET, b"place")

    assert len(SECRET) == len(stored)
    assert SECRET == seal.reveal(stored, proof, b"place")
    for wrong in ((stored, proof, b"elsewhere"), (stored[:-1] + b"!", proof, b"place"),
                  (stored, os.urandom(len(proof)), b"place")):  # fmt: skip
        with pytest.raises(DamagedError, match="changed after it was encrypted"):
            seal.reveal(*wrong)


def test_no_two_pieces_look_alike():
    """The same text is encrypted differently each time, within a segment and across segments."""
    keyring = Keyring(KEY)
    guards = [keyring.guard(keyring.header(0, 0.0)) for _ in range(2)]
    stored = {guard.protect(SECRET, b"")[0] for guard in guards * 2}

    assert 4 == len(stored)

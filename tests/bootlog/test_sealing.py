"""Encryption at rest: nothing readable on the disk, and never plain text for want of a key."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from bootlog.household import BANNER, everything, living
from com1d.bootlog.sealing import CHECK_BYTES, KEY_BYTES, PLAIN, Keyring, LockedError, Seal
from com1d.bootlog.window import Window
from com1d.config import secret
from com1d.core.store.marks import GAP
from com1d.core.store.records import SALT_BYTES, DamagedError, Header
from com1d.telemetry.facts import LogFailed, LogSetAside


KEY, OTHER_KEY = bytes(range(KEY_BYTES)), bytes(KEY_BYTES)
OLD_KEY = bytes.fromhex(
    "b2cd6d477ea2d9c2b06c6a88e65a53528af61e766db53928ad15c8b236e3e4132d282b100753f595"
)
"""The segment's key and its check, as version 1 has derived them from `KEY`."""
SECRET = b"root password: correct horse battery staple\r\n"


def test_a_key_is_as_long_as_the_configuration_has_it():
    """It is said twice, so that the writing process starts without reading what a TOML may have."""
    program = "import sys, com1d.bootlog.scribe; print('com1d.config' in sys.modules)"
    started = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True)

    assert (secret.KEY_BYTES, b"False") == (KEY_BYTES, started.stdout.strip())


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
        (
            Keyring(OTHER_KEY),
            "it is encrypted with another key than that in log_key, or for another console",
        ),
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


async def test_a_plain_log_is_put_aside_when_there_is_a_key(tmp_path: Path):
    """It stays on the disk, and its offsets are not given again, but it does not pass for a log."""
    async with living(tmp_path) as house:
        house.console("web01").print(b"plain ")
    async with living(tmp_path, keyring=Keyring(KEY)) as house:
        console = house.console("web01")
        console.print(SECRET)

        assert SECRET == await everything(console)
        assert len(b"plain " + SECRET) == console.store.end
        [aside] = house.tells(LogSetAside)
        assert PLAIN == aside.reason
        assert SECRET not in on_the_disk(tmp_path)
        assert b"plain " in on_the_disk(tmp_path)


async def test_a_plain_segment_among_encrypted_ones_is_a_hole(tmp_path: Path):
    """Whoever can write into the directory can put one there: it is told and not served."""
    forged, other = b"forged without any key", tmp_path / "other"
    async with living(other) as house:
        house.console("web01").print(forged)
    home = tmp_path / "home"
    async with living(home, keyring=Keyring(KEY)) as house:
        house.console("web01").print(SECRET)
    [first] = home.rglob("*.idx")
    for path in first.parent.glob(f"{first.stem}.*"):
        path.rename(path.with_stem(f"{len(forged):0{len(path.stem)}}"))
    for path in other.rglob("web01/*.*"):
        shutil.copy(path, first.parent)
    window = Window(first.parent, Keyring(KEY))

    assert ([], len(forged)) == window.step(0, len(forged), timed=False)[0::2]
    [hole] = window.marks(0, len(forged))[0]
    assert (0, GAP, len(forged), PLAIN) == (
        hole.offset, hole.kind, hole.facts["bytes"], hole.facts["reason"]
    )  # fmt: skip


def exchange(folder: Path) -> None:
    """Put the log of web01 in the place of web02's."""
    [idx] = folder.rglob("web01/*.idx")
    idx.parent.rename(idx.parent.with_name("web02"))


async def test_a_log_is_not_another_consoles(tmp_path: Path):
    """The console's name is in the key: moved files lock a log instead of showing it to others."""
    async with living(tmp_path, keyring=Keyring(KEY)) as house:
        house.console("web01").print(SECRET)
    exchange(tmp_path)
    async with living(tmp_path, keyring=Keyring(KEY)) as house:
        console = house.console("web02")

        with pytest.raises(LockedError, match="for another console"):
            await everything(console)


def test_what_the_version_before_has_encrypted_can_be_read():
    """Its keys are those of a host, whatever the console."""
    salt = bytes.fromhex("5f" * (SALT_BYTES - CHECK_BYTES))
    key, check = OLD_KEY[:KEY_BYTES], OLD_KEY[KEY_BYTES:]
    header = Header(7, 1.0, encrypted=True, salt=salt + check)
    stored, proof = Seal(key).protect(SECRET, b"place")

    assert 1 == Header.decode(header.encode()).version
    for console in ("web01", "web02"):
        guard = Keyring(KEY).guard(console, Header.decode(header.encode()))
        assert SECRET == guard.reveal(stored, proof, b"place")


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
    guards = [keyring.guard("web01", keyring.header("web01", 0, 0.0)) for _ in range(2)]
    stored = {guard.protect(SECRET, b"")[0] for guard in guards * 2}

    assert 4 == len(stored)

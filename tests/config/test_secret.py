"""Keys that the configuration names."""

import os
import stat
from pathlib import Path

import pytest

from com1d.config import Config, DaemonConfig, secret
from com1d.errors import ConfigError


FILE = Path("com1d.toml")
KEY = bytes(range(32))


def load(where: str) -> bytes | None:
    """Read the key at `where`."""
    return secret.load(Config(DaemonConfig(audit_key=where)), "audit_key", FILE)


def written(folder: Path, data: bytes = KEY, mode: int = 0o600) -> Path:
    """Put a key into a file."""
    path = folder / "key"
    path.write_bytes(data)
    path.chmod(mode)
    return path


def test_a_key_is_read(tmp_path):
    """Its bytes, as they are; none where none is set."""
    assert KEY == load(str(written(tmp_path)))
    assert secret.load(Config(), "audit_key", FILE) is None


@pytest.mark.parametrize(
    ("data", "mode", "reason"),
    [
        (KEY[:-1], 0o600, "exactly 32 bytes, and .* has 31"),
        (KEY + b"x", 0o600, "exactly 32 bytes, and .* has more"),
        (KEY, 0o640, "for its owner alone, and .* has mode 0640: chmod 600"),
    ],
)
def test_a_key_that_cannot_be_one_is_named(tmp_path, data, mode, reason):
    """The error names the setting, the file, and what is wrong with it."""
    with pytest.raises(ConfigError, match=reason):
        load(str(written(tmp_path, data, mode)))


def test_a_missing_key_is_named(tmp_path):
    """So that nothing is written in the open that was to be sealed."""
    with pytest.raises(ConfigError, match=r"cannot be read: .*nosuch"):
        load(str(tmp_path / "nosuch"))


def test_a_credential_comes_from_systemd(tmp_path, monkeypatch):
    """From its directory, whatever its mode; without one, the unit lacks a line."""
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    config = Config(DaemonConfig(audit_key="credential:key"))
    assert secret.is_elsewhere(config, "audit_key")
    with pytest.raises(ConfigError, match="LoadCredential=key"):
        load("credential:key")

    written(tmp_path, mode=0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert KEY == load("credential:key")
    assert not secret.is_elsewhere(config, "audit_key")


def test_a_key_within_others_reach_is_taken_from_them(tmp_path):
    """What `load` refuses is mended at the start, and said with the mode that it had."""
    key = written(tmp_path, mode=0o644)
    config = Config(DaemonConfig(audit_key=str(key)))

    assert (str(key), 0o644) == secret.tighten(config, "audit_key")
    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    assert KEY == load(str(key))
    assert secret.tighten(config, "audit_key") is None
    assert secret.tighten(config, "log_key") is None


@pytest.mark.parametrize("kind", ["link", "hard link", "no key", "FIFO", "nothing"])
def test_what_is_no_key_of_ours_keeps_its_mode(tmp_path, kind):
    """Who could put something in the key's place has no other file's mode changed."""
    target = written(tmp_path, KEY + b"more" if kind == "no key" else KEY, mode=0o666)
    place = tmp_path / "place"
    match kind:
        case "link":
            place.symlink_to(target)
        case "hard link":
            place.hardlink_to(target)
        case "no key":
            place = target
        case "FIFO":
            os.mkfifo(place, 0o666)
            place.chmod(0o666)
    before = (place if place.exists() else target).stat().st_mode

    assert secret.tighten(Config(DaemonConfig(audit_key=str(place))), "audit_key") is None
    assert before == (place if place.exists() else target).stat().st_mode
    with pytest.raises(ConfigError):
        load(str(place))

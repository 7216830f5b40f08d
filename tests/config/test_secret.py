"""Keys that the configuration names."""

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

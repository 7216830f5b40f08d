"""The key of the logs: read from a file or a systemd credential, or refused in plain words."""

from pathlib import Path

import pytest

from com1d.bootlog import key as log_key
from com1d.bootlog.sealing import Keyring, LockedError
from com1d.config import Config, DaemonConfig, secret
from com1d.errors import ConfigError


FILE = Path("/etc/com1d/com1d.toml")
KEY = bytes(range(32))


def configured(where: object) -> Config:
    return Config(DaemonConfig(log_key=None if where is None else str(where)))


def opens(keyring: Keyring, key: bytes) -> bool:
    """Tell whether what `keyring` encrypts can be read with `key`."""
    try:
        Keyring(key).guard("web01", keyring.header("web01", 0, 0.0))
    except LockedError:
        return False
    return True


def test_no_key_is_no_encryption():
    """Without log_key, logs are kept as they are printed."""
    assert not log_key.load(configured(None), FILE).encrypts


def test_a_key_is_read_from_its_file(tmp_path: Path):
    """32 bytes, no more and no less."""
    (tmp_path / "key").touch(0o600)
    (tmp_path / "key").write_bytes(KEY)
    (tmp_path / "key").chmod(0o600)
    keyring = log_key.load(configured(tmp_path / "key"), FILE)

    assert (True, False) == (opens(keyring, KEY), opens(keyring, bytes(32)))


def test_a_key_is_read_from_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A credential is a file in the directory that systemd names."""
    (tmp_path / "com1d-log").write_bytes(KEY)
    config = configured("credential:com1d-log")
    assert secret.is_elsewhere(config, "log_key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert not secret.is_elsewhere(config, "log_key")
    assert opens(log_key.load(config, FILE), KEY)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (None, "cannot be read: {path}: No such file or directory"),
        (b"", "must be a key of exactly 32 bytes, and {path} has 0; make one with: head -c 32"),
        (KEY + b"\n", "must be a key of exactly 32 bytes, and {path} has more"),
    ],
)
def test_a_key_that_is_none(tmp_path: Path, content: bytes | None, expected: str):
    """A missing or malformed key is named with its setting, and with the way to make one."""
    path = tmp_path / "key"
    if content is not None:
        path.touch(0o600)
        path.write_bytes(content)
        path.chmod(0o600)

    with pytest.raises(ConfigError) as caught:
        log_key.load(configured(path), FILE)
    line = f'{FILE}: daemon.log_key = "{path}"'[:100]
    assert str(caught.value).startswith(line)
    assert expected.format(path=path) in str(caught.value)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o610])
def test_a_key_that_others_may_have(tmp_path: Path, mode: int):
    """A key is refused while anybody but its owner may do anything with it."""
    path = tmp_path / "key"
    path.write_bytes(KEY)
    path.chmod(mode)

    with pytest.raises(ConfigError) as caught:
        log_key.load(configured(path), FILE)
    expected = f"must be for its owner alone, and {path} has mode {mode:04o}: chmod 600"
    assert expected in str(caught.value)


def test_a_credential_that_nobody_gave():
    """What is missing in the unit is named."""
    with pytest.raises(ConfigError, match=r"needs LoadCredential=key:PATH in the systemd unit"):
        log_key.load(configured("credential:key"), FILE)


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Encryption is an extra; without it, log_key is refused and not ignored."""
    monkeypatch.setitem(
        __import__("sys").modules, "cryptography.hazmat.primitives.ciphers.aead", None
    )

    with pytest.raises(ConfigError, match=r"needs the package cryptography; install com1d\["):
        log_key.load(configured(tmp_path / "key"), FILE)


def test_the_bits_of_a_credential_are_those_of_an_acl(tmp_path: Path, monkeypatch):
    """Of a daemon with a user of its own, systemd gives 0440: only that user is in the ACL."""
    (tmp_path / "com1d-log").write_bytes(KEY)
    (tmp_path / "com1d-log").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert log_key.load(configured("credential:com1d-log"), FILE).encrypts

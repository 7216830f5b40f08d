"""The key that logs are encrypted with, read from where `log_key` says."""

import os
import stat
from pathlib import Path
from typing import Final

from com1d.bootlog.sealing import KEY_BYTES, Keyring, aesgcm
from com1d.config import Config
from com1d.config.settings.addresses import CREDENTIAL
from com1d.config.settings.spelling import quoted
from com1d.errors import Com1Error, ConfigError, ConfigProblem


OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""Mode bits that the file of a key must not have. They are not checked for a credential: systemd
grants it by an access list, which looks like a group's permission."""


def load(config: Config, file: Path) -> Keyring:
    """Read the key. Blocks. Raises `ConfigError`, which names `file`."""
    where = config.daemon.log_key
    if where is None:
        return Keyring()
    try:
        return Keyring(_read(where))
    except Com1Error as error:
        problem = ConfigProblem(str(file), "daemon.log_key", quoted(where), str(error))
        raise ConfigError([problem]) from error


def is_elsewhere(config: Config) -> bool:
    """Tell whether the key is a credential, and this process was not given any by systemd."""
    where = config.daemon.log_key or ""
    return where.startswith(f"{CREDENTIAL}:") and "CREDENTIALS_DIRECTORY" not in os.environ


def _read(where: str) -> bytes:
    try:
        aesgcm()
    except ImportError:
        raise Com1Error("needs the package cryptography; install com1d[encryption]") from None
    path = _path(where)
    try:
        with path.open("rb") as file:
            key = file.read(KEY_BYTES + 1)
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except OSError as error:
        raise Com1Error(f"cannot be read: {path}: {error.strerror}") from error
    if mode & OTHERS and not where.startswith(f"{CREDENTIAL}:"):
        raise Com1Error(f"must be for its owner alone, and {path} has mode {mode:04o}: chmod 600")
    if len(key) != KEY_BYTES:
        size = str(len(key)) if len(key) < KEY_BYTES else "more"
        raise Com1Error(
            f"must be a key of exactly {KEY_BYTES} bytes, and {path} has {size}; make one with: "
            f"head -c {KEY_BYTES} /dev/urandom"
        )
    return key


def _path(where: str) -> Path:
    kind, _, name = where.partition(":")
    if kind != CREDENTIAL:
        return Path(where)
    folder = os.environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise Com1Error(
            f"needs LoadCredential={name}:PATH in the systemd unit: there is no "
            "$CREDENTIALS_DIRECTORY here"
        )
    return Path(folder, name)

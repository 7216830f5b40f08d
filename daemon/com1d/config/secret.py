"""A key that the configuration names: the file or systemd credential that holds it, read."""

import contextlib
import os
import stat
from io import FileIO
from pathlib import Path
from typing import Final, Literal

from com1d.config.model import Config
from com1d.config.settings.addresses import CREDENTIAL
from com1d.config.settings.spelling import quoted
from com1d.errors import Com1Error, ConfigError, ConfigProblem


KEY_BYTES: Final = 32

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""Who may do nothing with the file of a key. A credential is systemd's to guard: it gives a service
its own by an access list, which looks like a group's right."""

KeySetting = Literal["log_key", "audit_key"]
KEYS: Final[tuple[KeySetting, ...]] = ("log_key", "audit_key")


def load(config: Config, setting: KeySetting, file: Path) -> bytes | None:
    """Read a key; None where none is set. Blocks. Raises `ConfigError`, which names `file`."""
    where = getattr(config.daemon, setting)
    if where is None:
        return None
    try:
        return _read(where)
    except Com1Error as error:
        problem = ConfigProblem(str(file), f"daemon.{setting}", quoted(where), str(error))
        raise ConfigError([problem]) from error


def tighten(config: Config, setting: KeySetting) -> tuple[str, int] | None:
    """Take a key out of others' reach, where it is a file of ours. Blocks.

    Gives its path and former mode; None where there was nothing to do. What cannot be mended is
    left to `load`, which refuses it. A link is not followed: it may lead to anybody's file.
    """
    where = getattr(config.daemon, setting)
    if where is None or where.startswith(f"{CREDENTIAL}:"):
        return None
    with contextlib.suppress(OSError), _opened(where, os.O_NOFOLLOW) as file:
        found = os.fstat(file.fileno())
        loose = found.st_mode & OTHERS and found.st_size == KEY_BYTES and found.st_nlink == 1
        if loose and stat.S_ISREG(found.st_mode) and found.st_uid == os.geteuid():
            os.fchmod(file.fileno(), stat.S_IMODE(found.st_mode) & ~OTHERS)
            return where, stat.S_IMODE(found.st_mode)
    return None


def is_elsewhere(config: Config, setting: KeySetting) -> bool:
    """Tell whether a key is a credential, and this process was not given any by systemd."""
    where = getattr(config.daemon, setting) or ""
    return where.startswith(f"{CREDENTIAL}:") and "CREDENTIALS_DIRECTORY" not in os.environ


def _read(where: str) -> bytes:
    path = _path(where)
    try:
        with _opened(path) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode):
                raise Com1Error(f"must be a file, and {path} is none")
            key = file.read(KEY_BYTES + 1)
    except OSError as error:
        raise Com1Error(f"cannot be read: {path}: {error.strerror}") from error
    mode = stat.S_IMODE(mode)
    if mode & OTHERS and not where.startswith(f"{CREDENTIAL}:"):
        raise Com1Error(f"must be for its owner alone, and {path} has mode {mode:04o}: chmod 600")
    if len(key) != KEY_BYTES:
        size = str(len(key)) if len(key) < KEY_BYTES else "more"
        raise Com1Error(
            f"must be a key of exactly {KEY_BYTES} bytes, and {path} has {size}; make one with: "
            f"head -c {KEY_BYTES} /dev/urandom"
        )
    return key


def _opened(path: str | Path, flags: int = 0) -> FileIO:
    """Open for reading, without waiting for whoever writes to a FIFO."""
    return FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | flags), "rb")


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

"""The keys that logs are encrypted with, of the key that `log_key` names."""

from pathlib import Path
from typing import Final

from com1d.bootlog.sealing import Keyring, aesgcm
from com1d.config import Config, secret
from com1d.config.settings.spelling import quoted
from com1d.errors import ConfigError, ConfigProblem


SETTING: Final = "log_key"


def load(config: Config, file: Path) -> Keyring:
    """Read the key. Blocks. Raises `ConfigError`, which names `file`."""
    where = config.daemon.log_key
    if where is None:
        return Keyring()
    try:
        aesgcm()
    except ImportError:
        expected = "needs the package cryptography; install com1d[encryption]"
        problem = ConfigProblem(str(file), f"daemon.{SETTING}", quoted(where), expected)
        raise ConfigError([problem]) from None
    return Keyring(secret.load(config, SETTING, file))

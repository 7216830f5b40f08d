"""`com1d report`: one archive for a bug report, without a byte of any guest and without a secret.

What goes in is chosen, not what stays out: figures, versions, the configuration's values but for
those that can hold a secret, and log lines, which have no text of guests by construction.
"""

import io
import json
import os
import platform
import subprocess
import sys
import tarfile
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from com1d.config import Config, load
from com1d.errors import EX_FAILURE, EX_OK, Com1Error, ConfigError, os_reason
from com1d.tools.asking import AskingError, get


MODE: Final = 0o600
"""Names of users and VMs are in it."""

DOCTOR_SECONDS: Final = 120.0

WITHHELD: Final = "(withheld)"

_SECRET: Final = frozenset({"log_key", "audit_key", "control", "run", "password", "token"})
"""Settings of which only whether they are set is told: keys, URLs and programs with arguments."""


def report(config: Path, target: Path | None = None) -> int:
    """Write the archive, by default into the working directory; say what is in it."""
    name = f"com1d-report-{time.strftime('%Y%m%d-%H%M%S')}"
    path = target or Path(f"{name}.tar.gz")
    parts = {part: _made(make, config) for part, (_, make) in PARTS.items()}
    contents = "".join(f"{part:<20} {about}\n" for part, (about, _) in PARTS.items())
    parts["CONTENTS"] = f"{contents}\nNothing that a guest has printed is in here, and no key.\n"
    try:
        _write(path, name, parts)
    except OSError as error:
        sys.stderr.write(f"com1d: {path}: {os_reason(error)}\n")
        return EX_FAILURE
    sys.stdout.write(f"{path}, {path.stat().st_size} bytes:\n{parts['CONTENTS']}")
    return EX_OK


def _made(make: Callable[[Path], str], config: Path) -> str:
    """Make a part; where that fails, why is the part."""
    try:
        return make(config)
    except (Com1Error, OSError, subprocess.SubprocessError, ValueError) as error:
        return f"not to be had: {error}\n"


def _write(path: Path, name: str, parts: Mapping[str, str]) -> None:
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, MODE)
    with os.fdopen(fd, "wb") as file, tarfile.open(fileobj=file, mode="w:gz") as archive:
        for part, text in parts.items():
            data = text.encode(errors="replace")
            member = tarfile.TarInfo(f"{name}/{part}")
            member.size, member.mode = len(data), MODE
            archive.addfile(member, io.BytesIO(data))


def _versions(_config: Path) -> str:
    packages = sorted(f"{one.metadata['Name']} {one.version}" for one in distributions())
    system = f"{platform.platform()}\nPython {platform.python_version()}\n"
    release = Path("/etc/os-release")
    return "\n".join([system + (release.read_text() if release.exists() else ""), *packages, ""])


def _configuration(path: Path) -> str:
    try:
        config = load(path)
    except ConfigError as error:
        problems = [f"{one.file}: {one.key}: {one.expected}" for one in error.problems]
        return "it is refused:\n" + "\n".join(problems) + "\n"
    return json.dumps(plain(config), indent=1, default=str) + "\n"


def plain(config: Config) -> Any:
    """Give a configuration as plain values, without those that can hold a secret."""
    return _without_secrets(asdict(config))


def _without_secrets(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            str(key): WITHHELD if key in _SECRET and inner else _without_secrets(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list | tuple):
        return [_without_secrets(one) for one in value]
    return value


def _metrics(config: Path) -> str:
    return get(_socket(config), "/metrics").decode()


def _daemon(config: Path) -> str:
    told = json.loads(get(_socket(config), "/v1/report"))
    told.pop("log")
    return json.dumps(told, indent=1) + "\n"


def _log(config: Path) -> str:
    lines = json.loads(get(_socket(config), "/v1/report"))["log"]
    return "\n".join([*lines, ""])


def _socket(config: Path) -> Path:
    try:
        return load(config).daemon.api_socket
    except ConfigError as error:
        raise AskingError("the configuration is refused", EX_FAILURE) from error


def _doctor(config: Path) -> str:
    command = [sys.executable, "-P", "-m", "com1d", "doctor", "--json", "--config", str(config)]
    done = subprocess.run(  # noqa: S603 - our own program
        command, capture_output=True, text=True, timeout=DOCTOR_SECONDS, check=False
    )
    return done.stdout or done.stderr


PARTS: Final[dict[str, tuple[str, Callable[[Path], str]]]] = {
    "versions.txt": ("versions of the system, of Python and of its packages", _versions),
    "configuration.json": ("the configuration's values, without keys, URLs and programs",
                           _configuration),
    "doctor.json": ("what `com1d doctor` finds on this host", _doctor),
    "daemon.json": ("the service level of the last day, and how many use it", _daemon),
    "metrics.txt": ("all metrics, with the names of consoles", _metrics),
    "log.jsonl": ("the newest lines of com1d's own log, with the names of users", _log),
}  # fmt: skip
"""Each file with what it is and what makes it."""

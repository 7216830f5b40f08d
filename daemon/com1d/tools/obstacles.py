"""What of this host keeps a right configuration from starting, said before it is tried.

Whether ports and controls are there is not asked: they may come later, and com1d waits for them.
"""

import errno
import grp
import socket
import stat
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from com1d.bootlog import key as log_key
from com1d.config import Clash, Config, DaemonConfig, secret
from com1d.config.settings.addresses import spell_metrics
from com1d.config.settings.spelling import quoted
from com1d.errors import ConfigError


def obstacles(config: Config) -> Iterator[Clash]:
    """Give each setting that the daemon could not start with. Blocks on the user directory."""
    daemon = config.daemon
    yield from _directories(daemon)
    for key, group in (("socket_group", daemon.socket_group), ("guest_group", daemon.guest_group)):
        if group is not None and not _is_group(group):
            expected = "is no group of this host; make it with groupadd --system"
            yield _clash(key, quoted(group), expected)
    if daemon.metrics is not None and (reason := _why_not_bound(daemon.metrics[0])):
        yield _clash("metrics", spell_metrics(daemon.metrics), reason)
    yield from _keys(config)


def _clash(key: str, value: str, expected: str) -> Clash:
    return Clash(("daemon", key), f"daemon.{key}", value, expected)


def _directories(daemon: DaemonConfig) -> Iterator[Clash]:
    """Find directories that something else is in the place of, or that anybody can write to."""
    folders = {
        "runtime_dir": (daemon.runtime_dir, daemon.consoles_dir),
        "state_dir": (daemon.state_dir,),
        "log_dir": (daemon.log_dir,),
    }
    for key, paths in folders.items():
        reasons = filter(None, map(_why_no_directory, paths))
        reason = next(reasons, "") or (_why_not_safe(daemon) if key == "runtime_dir" else "")
        if reason:
            yield _clash(key, quoted(str(paths[0])), reason)


def _why_no_directory(path: Path) -> str:
    """Say what stands where the directory, or one that it is in, would be made; empty is right."""
    for place in (path, *path.parents):
        try:
            mode = place.stat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            if place.is_symlink():
                return f"must be a directory, and {place} is a link that leads nowhere"
            continue
        except OSError:  # this user may not look there, but the daemon may
            return ""
        return "" if stat.S_ISDIR(mode) else f"must be a directory, and {place} is a file"
    return ""


def _why_not_safe(daemon: DaemonConfig) -> str:
    for path in (daemon.runtime_dir, daemon.consoles_dir):
        try:
            mode = path.stat().st_mode
        except OSError:
            continue
        if mode & stat.S_IWOTH:
            return f"must not be for everybody to write to: chmod go-w {path}"
    return ""


def _is_group(name: str) -> bool:
    try:
        grp.getgrnam(name)
    except KeyError:
        return False
    return True


def _why_not_bound(host: str) -> str:
    """Say why nothing could listen at an address of any port; empty is right."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.bind((host, 0))
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
            return f"must be an address of this host, and {host} is none"
        return f"cannot be listened at: {error.strerror}"
    return ""


def _keys(config: Config) -> Iterator[Clash]:
    loads: dict[str, Callable[[Path], object]] = {
        "log_key": partial(log_key.load, config),
        "audit_key": partial(secret.load, config, "audit_key"),
    }
    for setting in secret.KEYS:
        if secret.is_elsewhere(config, setting):
            continue
        try:
            loads[setting](Path())
        except ConfigError as error:
            for problem in error.problems:
                yield _clash(setting, problem.value, problem.expected)

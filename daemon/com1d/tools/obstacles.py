"""What of this host keeps a right configuration from starting, said before it is tried.

Whether ports and controls are there is not asked: they may come later, and com1d waits for them.
"""

import contextlib
import errno
import fcntl
import importlib.util
import os
import socket
import stat
import struct
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from com1d.bootlog import key as log_key
from com1d.bootlog.archive import LOCK
from com1d.config import Clash, Config, DaemonConfig, secret
from com1d.config.settings.addresses import spell_metrics
from com1d.config.settings.spelling import dotted, quoted
from com1d.errors import ConfigError
from com1d.loop.listener import others_write
from com1d.tools.accounts import is_group
from com1d.tools.unit import Unit


_UCRED: Final = struct.Struct("3i")
"""pid, uid and gid of SO_PEERCRED."""


def obstacles(config: Config, unit: Unit | None = None) -> Iterator[Clash]:
    """Give each setting that the daemon could not start with. Blocks on the user directory.

    It is started by `unit`; None is by hand, as this process was.
    """
    daemon = config.daemon
    account = unit.account if unit else None
    user = os.geteuid() if account is None else account.pw_uid
    serving = _serving_at(daemon.api_socket)
    yield from _directories(daemon, serving, user)
    for key, group in (("socket_group", daemon.socket_group), ("guest_group", daemon.guest_group)):
        if group is not None and not is_group(group):
            expected = "is no group of this host; make it with groupadd --system"
            yield _clash(key, quoted(group), expected)
    if daemon.metrics is not None:
        yield from _metrics(daemon.metrics, serving)
    yield from _keys(config)
    yield from _useless(config)


def _clash(key: str, value: str, expected: str) -> Clash:
    return Clash(("daemon", key), f"daemon.{key}", value, expected)


def _useless(config: Config) -> Iterator[Clash]:
    """Find what the daemon starts with, and is of no use."""
    if importlib.util.find_spec("libvirt") is None:
        expected = "needs libvirt's library: pip install 'com1d[libvirt]'"
        for one in config.discover:
            if one.uri is not None:
                key = dotted("discover", one.name, "uri")
                yield Clash(("discover", one.name), key, quoted(one.uri), expected)
        for name, console in config.consoles.items():
            if (console.control or "").startswith("libvirt:"):
                key = dotted("consoles", name, "control")
                yield Clash(("consoles", name), key, quoted(str(console.control)), expected)
    if config.daemon.require_mfa and not config.gateways:
        expected = "lets nobody in: only a gateway vouches for a second factor, and there is none"
        yield _clash("require_mfa", "true", expected)


class _Serving(NamedTuple):
    """The user and group of a daemon that runs with this configuration."""

    uid: int
    gid: int


def _serving_at(path: Path) -> _Serving | None:
    """Ask the kernel who listens at the API's socket."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as probe:
        try:
            probe.connect(str(path))
            _pid, uid, gid = _UCRED.unpack(
                probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)
            )
        except OSError:
            return None
    return _Serving(uid, gid)


def _directories(daemon: DaemonConfig, serving: _Serving | None, user: int) -> Iterator[Clash]:
    """Find directories that something else is in the place of, or that others can write to."""
    folders = {
        "runtime_dir": (daemon.runtime_dir, daemon.consoles_dir),
        "state_dir": (daemon.state_dir,),
        "log_dir": (daemon.log_dir,),
    }
    for key, paths in folders.items():
        value = quoted(str(paths[0]))
        found = [_why_no_directory(path) or _why_not_safe(path, serving) for path in paths]
        if reason := next(filter(None, found), ""):
            yield _clash(key, value, reason)
        elif owner := next(filter(None, (_stranger(path, serving, user) for path in paths)), ""):
            yield replace(_clash(key, value, owner), warning=True)
    if serving is None and _is_held(daemon.log_dir / LOCK):
        expected = "another com1d keeps its logs there: stop it, or give this one its own log_dir"
        yield _clash("log_dir", quoted(str(daemon.log_dir)), expected)


def _is_held(lock: Path) -> bool:
    """Say whether a daemon has the lock of a directory of logs."""
    with contextlib.suppress(OSError):
        fd = os.open(lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(fd)
    return False


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


def _why_not_safe(path: Path, serving: _Serving | None) -> str:
    """Say who else may write there; empty is right, and so is what does not exist yet."""
    with contextlib.suppress(OSError):
        entry = path.stat()
        # Without a daemon that runs, its user may be the one whose directory this is.
        if not others_write(path, serving or (entry.st_uid, os.getegid())):
            return ""
        if entry.st_mode & stat.S_IWOTH:
            return f"must not be for everybody to write to: chmod go-w {path}"
        if serving is not None and entry.st_uid not in (0, serving.uid):
            return f"must be com1d's own: chown {serving.uid} {path}"
        return f"must not be for the group {entry.st_gid} to write to: chmod g-w {path}"
    return ""


def _stranger(path: Path, serving: _Serving | None, user: int) -> str:
    """Say whose a directory is that would be right for a com1d of that user alone."""
    with contextlib.suppress(OSError):
        owner = path.stat().st_uid
        if serving is None and owner not in (0, user):
            return f"is uid {owner}'s: run com1d as that user, or chown {user} {path}"
    return ""


def _metrics(address: tuple[str, int], serving: _Serving | None) -> Iterator[Clash]:
    """Find why nothing could listen for scrapes; a daemon that runs has its own port already."""
    host, port = address
    value = spell_metrics(address)
    if reason := _why_not_bound(host, 0):
        yield _clash("metrics", value, reason)
    elif serving is None and (reason := _why_not_bound(host, port)):
        yield replace(_clash("metrics", value, reason), warning=True)


def _why_not_bound(host: str, port: int) -> str:
    """Say why nothing could listen at an address; 0 is any port, and empty is right."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the daemon does
            probe.bind((host, port))
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL or isinstance(error, socket.gaierror):
            return f"must be an address of this host, and {host} is none"
        if error.errno == errno.EADDRINUSE:
            return "is another program's: until it ends, com1d serves all but its metrics there"
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

"""The directories, FIFOs and sockets that com1d makes for its VMs, and who may use them."""

import contextlib
import errno
import grp
import os
import pwd
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from com1d.errors import PortDown


DIRECTORY_MODE: Final = 0o750
"""A VM's process is in the group and may look, but cannot put something else in our place."""

NODE_MODE: Final = 0o660
"""A console is typed on as well as read; nobody outside the group does either."""

GUEST_GROUPS: Final = ("libvirt-qemu", "qemu", "kvm")
"""Groups that QEMU runs in, the narrowest first: Debian's libvirt, Red Hat's, and everybody's who
may use KVM. On Proxmox QEMU is root and needs none."""


@contextlib.contextmanager
def making(path: Path) -> Iterator[None]:
    """Say what to do where nothing can be made at `path`, because the unit makes it read-only."""
    try:
        yield
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        raise PortDown(
            f"{path} is on a file system that com1d may only read: name its directory in "
            "ReadWritePaths= of com1d.service, in a drop-in"
        ) from None


def guest_group(name: str | None, account: pwd.struct_passwd | None = None) -> int:
    """Look up the group that VMs are in; None is the first of `GUEST_GROUPS` that this host has.

    One that com1d may not give files to is passed over, and where there is none, it is its own. It
    runs as `account`; None is as this process does. Blocks on the group directory. Raises
    `KeyError` where there is no group `name`.
    """
    if name is not None:
        return grp.getgrnam(name).gr_gid
    uid, own, groups = os.geteuid(), os.getegid(), os.getgroups()
    if account is not None:
        uid, own = account.pw_uid, account.pw_gid
        groups = os.getgrouplist(account.pw_name, own)
    for candidate in GUEST_GROUPS:
        with contextlib.suppress(KeyError):
            gid = grp.getgrnam(candidate).gr_gid
            if uid == 0 or gid in groups:
                return gid
    return own


def make_directory(directory: Path, group: int) -> None:
    """Make `directory` and what is missing above it, each for the owner and `group` only.

    One that is there, is ours, and lets nobody else in, is opened to `group`: it was made by a
    com1d that did not know of any.
    """
    try:
        status = directory.stat()
    except FileNotFoundError:
        make_directory(directory.parent, group)
        directory.mkdir(exist_ok=True)
        give(directory, group, DIRECTORY_MODE)
        return
    own = status.st_uid == os.geteuid() and status.st_gid == os.getegid() != group
    if own and stat.S_IMODE(status.st_mode) == DIRECTORY_MODE:
        give(directory, group, DIRECTORY_MODE)


def regroup_directory(directory: Path, before: int, group: int) -> None:
    """Give a directory to `group` that we have made for the group `before`."""
    with contextlib.suppress(FileNotFoundError):
        status = directory.stat()
        ours = status.st_uid == os.geteuid() and status.st_gid == before
        if ours and stat.S_IMODE(status.st_mode) == DIRECTORY_MODE:
            give(directory, group, DIRECTORY_MODE)


def give(path: Path, group: int, mode: int) -> None:
    """Give what was just made at `path` to `group`, with exactly `mode`, whatever the umask.

    A symbolic link that somebody put there instead is not followed. Raises `PortDown` where the
    daemon's user is not in the group.
    """
    fd = os.open(path, os.O_PATH | os.O_NOFOLLOW)
    try:
        # fchown() and fchmod() refuse a descriptor opened with O_PATH; its name in /proc does not.
        place = Path(f"/proc/self/fd/{fd}")
        if place.stat().st_gid != group:
            os.chown(place, -1, group)
        place.chmod(mode)
    except PermissionError:
        raise PortDown(
            f"com1d may not give {path} to group {group}, in which the VMs are: add its user to "
            "that group, or set guest_group"
        ) from None
    finally:
        os.close(fd)


def make_private_directory(directory: Path, group: int) -> None:
    """Make `directory` if it is missing.

    Raises `PortDown` if users outside its owner and its group may write to it.
    """
    make_directory(directory, group)
    if directory.stat().st_mode & stat.S_IWOTH:
        raise PortDown(
            f"{directory} can be written to by everybody, so anybody could put their own "
            f"FIFO in the VM's place: run chmod o-w {directory}, or use another directory"
        )

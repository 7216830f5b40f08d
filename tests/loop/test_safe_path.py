"""Paths that VMs' own users have a hand in, walked by a daemon that may open everything."""

import os
import signal
import socket
import stat
from pathlib import Path

import pytest

from com1d.loop.safe_path import UnsafePathError, demand_same_owner, demand_server, reach


ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="gives files to other users")

VM, OTHER = 61001, 61002
"""Users without accounts: numbers are enough."""


def folder_of(user, path):
    path.mkdir(mode=0o755, parents=True)
    os.chown(path, user, user)
    return path


def test_a_plain_path_is_reached_and_stays_what_it_was(run_dir):
    """The descriptor leads to the file that was there, whatever has its path afterwards."""
    path = run_dir / "com1.sock"
    path.write_text("first")
    with reach(path) as handle:
        path.rename(run_dir / "elsewhere")
        path.write_text("second")
        with Path(handle.name).open() as file:
            assert ("first", True) == (file.read(), handle.guarded)


@pytest.mark.parametrize("target", ["real", "./real", "{}/real", "../{.name}/real", "hop"])
def test_links_of_the_host_itself_are_followed(run_dir, target):
    """As /var/run is one; relative, absolute, and one after the other."""
    (run_dir / "real").mkdir()
    (run_dir / "real" / "com1.sock").touch()
    (run_dir / "hop").symlink_to("real")
    (run_dir / "alias").symlink_to(target.format(run_dir))
    with reach(run_dir / "alias" / "com1.sock") as handle:
        assert stat.S_ISREG(handle.status.st_mode)


def test_links_in_a_circle_are_no_way(run_dir):
    """They end after as many as the kernel follows."""
    (run_dir / "one").symlink_to("two")
    (run_dir / "two").symlink_to("one")
    with pytest.raises(UnsafePathError, match="without end"), reach(run_dir / "one"):
        pass


def test_what_is_not_there_is_an_os_error(run_dir):
    """As with open()."""
    with pytest.raises(FileNotFoundError), reach(run_dir / "nothing" / "com1.sock"):
        pass


@ROOT_ONLY
@pytest.mark.parametrize("depth", ["com1.sock", "run/com1.sock", "run/deep/com1.sock"])
def test_a_link_of_a_vms_user_is_refused_wherever_it_is(run_dir, depth):
    """Last, or in place of a directory on the way."""
    evil = folder_of(VM, run_dir / "evil")
    secret = run_dir / "root-only"
    (secret / "deep").mkdir(parents=True, mode=0o700)
    for path in (secret / "com1.sock", secret / "deep" / "com1.sock"):
        path.touch()
    first, _, rest = depth.partition("/")
    (evil / first).symlink_to(secret if rest else secret / "com1.sock")
    os.chown(evil / first, VM, VM, follow_symlinks=False)
    with pytest.raises(UnsafePathError, match=f"symbolic link of uid {VM}"), reach(evil / depth):
        pass


@ROOT_ONLY
def test_a_link_that_root_made_in_a_vms_directory_is_refused_too(run_dir):
    """Its user could have put another in its place, and which it is cannot be seen."""
    evil = folder_of(VM, run_dir / "evil")
    (run_dir / "com1.sock").touch()
    (evil / "com1.sock").symlink_to(run_dir / "com1.sock")
    with pytest.raises(UnsafePathError, match="leads elsewhere"), reach(evil / "com1.sock"):
        pass


@ROOT_ONLY
@pytest.mark.parametrize("owner", [0, OTHER])
def test_what_belongs_to_another_than_its_directory_is_refused(run_dir, owner):
    """It was bound there, or linked, by somebody who had a reason."""
    evil = folder_of(VM, run_dir / "evil")
    (evil / "com1.sock").touch()
    os.chown(evil / "com1.sock", owner, owner)
    with pytest.raises(UnsafePathError, match=f"directory .* uid {VM}"), reach(evil / "com1.sock"):
        pass


@ROOT_ONLY
def test_a_hard_link_is_refused(run_dir):
    """Where the kernel does not protect them, a user can have any file of his file system."""
    evil = folder_of(VM, run_dir / "evil")
    (run_dir / "victim").touch()
    os.chown(run_dir / "victim", VM, VM)
    os.link(run_dir / "victim", evil / "com1.sock")
    with pytest.raises(UnsafePathError, match="another name"), reach(evil / "com1.sock"):
        pass


@pytest.mark.parametrize("mode", [0o777, 0o733])
def test_a_directory_for_everybody_is_refused(run_dir, mode):
    """Anybody could put their own socket in a VM's place."""
    (run_dir / "all").mkdir()
    (run_dir / "all").chmod(mode)
    (run_dir / "all" / "com1.sock").touch()
    with pytest.raises(UnsafePathError, match="chmod o-w"), reach(run_dir / "all" / "com1.sock"):
        pass


@ROOT_ONLY
def test_a_vms_own_socket_in_its_own_directory_is_reached(run_dir):
    """And in one of root's, where libvirt and Proxmox have theirs."""
    for folder in (folder_of(VM, run_dir / "vm"), folder_of(0, run_dir / "host")):
        (folder / "com1.sock").touch()
        os.chown(folder / "com1.sock", VM, VM)
        with reach(folder / "com1.sock") as handle:
            assert (VM, folder.name == "host") == (handle.owner, handle.guarded)


@ROOT_ONLY
@pytest.mark.parametrize(("server", "fits"), [(VM, True), (0, True), (OTHER, False)])
def test_who_listens_is_the_owner_or_the_host(run_dir, server, fits):
    """A manager binds the sockets of its VMs as root; another VM's user has no business there."""
    path = run_dir / "com1.sock"
    hears, told = os.pipe()
    pid = os.fork()
    if not pid:
        try:
            run_dir.chmod(0o755)
            with socket.socket(socket.AF_UNIX) as listener:
                listener.bind(str(path))
                os.setresuid(server, server, server)
                listener.listen()
                os.write(told, b"!")
                signal.pause()
        finally:
            os._exit(0)
    try:
        assert os.read(hears, 1) == b"!"
        os.chown(path, VM, VM)
        with reach(path) as handle, socket.socket(socket.AF_UNIX) as client:
            client.connect(handle.name)
            if fits:
                demand_server(client, handle, str(path))
            else:
                with pytest.raises(UnsafePathError, match=f"uid {OTHER} listens"):
                    demand_server(client, handle, str(path))
    finally:
        os.kill(pid, 9)
        os.waitpid(pid, 0)
        os.close(hears)
        os.close(told)


@ROOT_ONLY
def test_a_control_of_another_user_is_not_the_ports(run_dir):
    """A VM's user could otherwise have another VM's monitor."""
    for name, owner in (("port", VM), ("mine", VM), ("theirs", OTHER)):
        (run_dir / name).touch()
        os.chown(run_dir / name, owner, owner)
    with reach(run_dir / "port") as port:
        with reach(run_dir / "mine") as control:
            demand_same_owner(control, "mine", port, "port")
        with reach(run_dir / "theirs") as control, pytest.raises(UnsafePathError, match="one VM"):
            demand_same_owner(control, "theirs", port, "port")

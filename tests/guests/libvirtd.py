"""A libvirt of our own: libvirtd for one user, in directories of the test's, without systemd.

A session libvirtd needs no account of its own, no cgroups and no mounts. It is one because it does
not run as root: where the tests do, it runs as `nobody`.
"""

import contextlib
import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from frontends.harness import until
from guests.qemu import MEMORY_MB, boot_files


QEMU_CONF = """\
stdio_handler = "file"
security_driver = "none"
"""
"""Without virtlogd, and without AppArmor, which is the host's."""

DOMAIN = """\
<domain type='qemu'>
  <name>{name}</name>
  <memory unit='MiB'>{memory}</memory>
  <metadata>
    <libosinfo:libosinfo xmlns:libosinfo="http://libosinfo.org/xmlns/libvirt/domain/1.0">
      <libosinfo:os id="http://debian.org/debian/12"/>
    </libosinfo:libosinfo>
  </metadata>
  <os>
    <type arch='x86_64' machine='q35'>hvm</type>
    <kernel>{kernel}</kernel>
    <initrd>{initrd}</initrd>
    <cmdline>console=ttyS0,115200 quiet unknown_nmi_panic</cmdline>
  </os>
  <features><acpi/><apic/></features>
  <devices>
    <emulator>/usr/bin/qemu-system-x86_64</emulator>
    {serial}
    <controller type='usb' model='none'/>
    <memballoon model='none'/>
    <video><model type='none'/></video>
  </devices>
</domain>
"""

STOP_SECONDS = 20.0


class Libvirtd:
    """A running libvirtd."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.uri = f"qemu:///session?socket={folder}/run/libvirt/libvirt-sock"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start, and return when it answers."""
        drop = []
        if os.geteuid() == 0:
            nobody = pwd.getpwnam("nobody")
            drop = [f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
        with (self.folder / "libvirtd.log").open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", *drop, "--pdeathsig", "TERM", "libvirtd"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={
                    "PATH": os.environ["PATH"] + ":/usr/sbin",
                    "HOME": f"{self.folder}/home", "XDG_RUNTIME_DIR": f"{self.folder}/run",
                },
            )  # fmt: skip
        until(self._answers, "libvirtd")

    @property
    def pid(self) -> int:
        """Its process, which runs it in setpriv's place."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End it. Its domains go on."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(STOP_SECONDS)

    def restart(self) -> None:
        """End it and start it again, as an update of its package does."""
        self.stop()
        self.start()

    def virsh(self, *command: str) -> str:
        """Run a command; give what it prints."""
        done = subprocess.run(
            ["virsh", "--quiet", "--connect", self.uri, *command],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip
        assert not done.returncode, f"virsh {command}: {done.stderr}"
        return done.stdout

    def define(self, name: str, serial: str) -> None:
        """Define a domain with Linux in it; `serial` is XML."""
        xml = self.folder / f"{name}.xml"
        files = {"kernel": self.folder / "vmlinuz", "initrd": self.folder / "initrd.gz"}
        xml.write_text(DOMAIN.format(name=name, memory=MEMORY_MB, serial=serial, **files))
        self.virsh("define", str(xml))

    def _answers(self) -> bool:
        """Whether it can be asked."""
        with contextlib.suppress(AssertionError):
            return bool(self.virsh("uri"))
        return False


@contextlib.contextmanager
def libvirtd(folder: Path) -> Iterator[Libvirtd]:
    """Run a libvirtd, and end it with all of its domains."""
    kernel, initrd = boot_files()
    for name in ("run", "home/.config/libvirt"):
        (folder / name).mkdir(parents=True)
    (folder / "home/.config/libvirt/qemu.conf").write_text(QEMU_CONF)
    shutil.copy(kernel, folder / "vmlinuz")
    shutil.copy(initrd, folder / "initrd.gz")
    if os.geteuid() == 0:
        folder.parent.chmod(0o711)
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, "nobody")
    ours = Libvirtd(folder)
    ours.start()
    try:
        yield ours
    finally:
        with contextlib.suppress(AssertionError):
            for name in ours.virsh("list", "--name").split():
                ours.virsh("destroy", name)
        ours.stop()

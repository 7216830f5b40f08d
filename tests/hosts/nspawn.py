"""A machine of our own under a real systemd: a container over this host's /usr, gone afterwards."""

import compileall
import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path
from typing import Final


ROOT: Final = Path(__file__).parents[2]

UNITS: Final = ("com1d.service", "com1d-guests.service", "com1d.socket", "com1d.slice")

BOOT_SECONDS: Final = 100
"""A machine takes two seconds from its start to its end; on a busy host many times that."""

LOCK: Final = Path(tempfile.gettempdir()) / "com1d-machine.lock"
"""One machine at a time: those that are started from one cgroup would share it inside."""

OURS: Final = """\
[Service]
ExecStart=
ExecStart={python} -m com1d --config /etc/com1d/com1d.toml
ExecReload=
ExecReload=!{python} -m com1d.frontends.cli reload
ProtectHome=no
"""
"""The unit starts the com1d of this checkout, whose Python may be in somebody's home."""

TEST: Final = """\
[Unit]
DefaultDependencies=no
{unit}
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart={python} {script}
Environment=PYTHONPATH={tests}
StandardOutput=append:/out/log
StandardError=append:/out/log
TimeoutStartSec={seconds}
"""

VM: Final = """\
[Unit]
After=network.target
[Service]
Type=notify
ExecStart={python} {script} /run/com1d/guests/vm
"""
"""A unit that has nothing to do with com1d, as libvirt's: its name alone orders it."""

CONFIG: Final = '[daemon]\nmetrics = ""\n'


class Machine:
    """A machine before its start: what is put into `units` and `etc` is in it."""

    def __init__(self, folder: Path) -> None:
        """Install com1d as README says, in what will be the machine's /etc."""
        self.out = folder / "out"
        """What the machine leaves: seen as /out inside."""
        self.units = folder / "units"
        self.etc = folder / "com1d"
        for place in (self.out, self.units, self.etc):
            place.mkdir()
        for unit in UNITS:
            shutil.copy(ROOT / "systemd" / unit, self.units)
        # A package is compiled when it is installed; this checkout is read-only inside.
        compileall.compile_dir(ROOT / "daemon" / "com1d", quiet=1)
        self.drop_in("com1d.service", "ours", OURS.format(python=sys.executable))
        self.options: list[str] = []
        """More of systemd-nspawn's."""

    def drop_in(self, unit: str, name: str, text: str) -> None:
        """Add a drop-in to a unit."""
        place = self.units / f"{unit}.d"
        place.mkdir(exist_ok=True)
        (place / f"{name}.conf").write_text(text)

    def allow(self, name: str) -> None:
        """Add one of the drop-ins that come with com1d."""
        text = (ROOT / "conf" / "com1d.service.d" / f"{name}.conf").read_text()
        self.drop_in("com1d.service", name, text)

    def enable(self, *units: str) -> None:
        """Have units started at boot."""
        wants = self.units / "multi-user.target.wants"
        wants.mkdir(exist_ok=True)
        for unit in units:
            link = wants / unit
            link.unlink(missing_ok=True)
            link.symlink_to(f"/etc/systemd/system/{unit}")

    def mask(self, *units: str) -> None:
        """Keep units from being started by anybody."""
        for unit in units:
            (self.units / unit).unlink()
            (self.units / unit).symlink_to("/dev/null")

    def configure(self, consoles: str) -> None:
        """Write com1d.toml."""
        (self.etc / "com1d.toml").write_text(CONFIG + consoles)

    def run(
        self, script: Path, unit: str = "After=multi-user.target", seconds: int = BOOT_SECONDS
    ) -> str:
        """Boot, run `script` there, and end, all within so many seconds; give what it printed.

        Raises `AssertionError` with that when it fails.
        """
        text = TEST.format(
            unit=unit, python=sys.executable, script=script, tests=ROOT / "tests",
            seconds=seconds - 10,
        )  # fmt: skip
        (self.units / "test.service").write_text(text)
        (self.out / "log").unlink(missing_ok=True)
        self.enable("test.service")
        with LOCK.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = subprocess.run(
                self._command(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, check=False, timeout=seconds,
            )  # fmt: skip
        log = self.out / "log"
        said = log.read_text() if log.exists() else ""
        assert not done.returncode, f"{done.returncode}\n{done.stdout.decode()}\n{said}"
        return said

    def _command(self) -> list[str]:
        python = {Path(sys.prefix), Path(sys.base_prefix), ROOT}
        outside = [path for path in python if not path.is_relative_to("/usr")]
        return [
            *("setpriv", "--pdeathsig", "KILL"),
            *("systemd-nspawn", "--quiet", "--directory=/", "--volatile=yes"),
            *("--machine", f"com1d-{uuid.uuid4().hex[:8]}", "--register=no", "--keep-unit"),
            *("--private-network", "--console=pipe"),
            *(f"--bind-ro={path}" for path in outside),
            f"--bind-ro={self.units}:/etc/systemd/system",
            f"--bind={self.etc}:/etc/com1d",
            f"--bind-ro={ROOT}/conf/tmpfiles.d:/etc/tmpfiles.d",
            f"--bind-ro={ROOT}/conf/sysusers.d/com1d.conf:/etc/sysusers.d/com1d.conf",
            f"--bind={self.out}:/out",
            *self.options,
            *("--boot", "systemd.unit=multi-user.target"),
        ]


def can_run() -> bool:
    """Whether this host lets us."""
    return os.geteuid() == 0 and shutil.which("systemd-nspawn") is not None


def stand_in_vm(machine: Machine, unit: str) -> None:
    """Have `unit` be a VM whose console is at /run/com1d/guests/vm."""
    script = Path(__file__).with_name("stand_in.py")
    (machine.units / unit).write_text(VM.format(python=sys.executable, script=script))
    machine.enable(unit)
    machine.configure('[consoles.vm]\nport = "pipe:/run/com1d/guests/vm"\n')

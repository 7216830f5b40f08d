"""`com1d doctor` on a host with real QEMUs and a real daemon: each finding is provoked once."""

import ctypes
import json
import os
import resource
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from com1d.config import load
from com1d.tools.doctor import guests, premises, resources, unit
from com1d.tools.doctor.doctor import EXAMINATIONS, doctor
from com1d.tools.doctor.domains import domains
from com1d.tools.doctor.finding import Host, NotLookedError
from com1d.tools.doctor.machines import Machine, machines
from com1d.tools.doctor.running import SilentDaemonError, ask
from com1d.tools.unit import Unit
from disks import fill, small_disk
from frontends.harness import running, until


PORTS = {
    "pipe": ["-chardev", "pipe,id=com1,path={path}", "-serial", "chardev:com1"],
    "unix": ["-serial", "unix:{path},server=on,wait=off"],
    "pty": ["-serial", "pty"],
    "libvirt's": [
        "-chardev", "socket,id=charserial0,path={path},server=on,wait=off,logfile={path}.log",
        "-device", '{{"driver":"isa-serial","chardev":"charserial0","id":"serial0"}}',
    ],
    "nowhere": ["-serial", "null"],
}  # fmt: skip


@contextmanager
def qemu(name: str, port: str, path: Path):
    """Run a VM that does nothing; it has a COM1."""
    words = [word.format(path=str(path).replace(",", ",,")) for word in PORTS[port]]
    machine = subprocess.Popen(
        ["qemu-system-x86_64", "-S", "-m", "16", "-display", "none", "-nodefaults",
         "-name", f"guest={name},debug-threads=on", *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield until(lambda: _started(machine.pid), name)
    finally:
        machine.kill()
        machine.wait()


def _started(pid: int) -> Machine | None:
    """Give the VM when QEMU has opened its port."""
    found = next((one for one in machines() if one.pid == pid), None)
    waits = found is None or (found.kind != "null" and not found.path)
    waits = waits or (found.kind == "unix" and not Path(found.path).is_socket())
    return None if waits else found


def host(folder: Path, toml: str, *, answers: bool = False, **facts) -> Host:
    """Give what the examinations look at; only the VMs of this test."""
    path = folder / "com1d.toml"
    if not answers:
        path.write_text(
            f'[daemon]\nruntime_dir = "{folder}/run"\nstate_dir = "{folder}/state"\n'
            f'log_dir = "{folder}/log"\nmetrics = ""\n{toml}'
        )
    config = load(path)
    return Host(config, path, ask(config.daemon.api_socket), **facts)


@pytest.mark.parametrize("port", ["pipe", "unix", "pty", "libvirt's"])
def test_a_vm_is_found_by_its_process(run_dir, port):
    """The name, the kind of COM1 and its path are those that QEMU was started with."""
    path = run_dir / "web,01"
    if port == "pipe":
        os.mkfifo(f"{path}.in")
        os.mkfifo(f"{path}.out")

    with qemu("web 01", port, path) as machine:
        assert machine.name == "web 01"
        assert machine.kind == {"libvirt's": "unix"}.get(port, port)
        assert Path(machine.path).is_char_device() if port == "pty" else machine.path == str(path)
        assert machine.logged == (port == "libvirt's")


def test_a_vm_that_nobody_serves(run_dir):
    """A running VM whose COM1 is no console's port is told, with the lines that serve it."""
    with qemu("db", "unix", run_dir / "db") as machine:
        found = list(guests.unserved(host(run_dir, "", machines=(machine,))))
        served = host(run_dir, f'[consoles.db]\nport = "unix:{run_dir}/db"\n', machines=(machine,))

        assert [one.about for one in found] == ["db"]
        assert f'port = "unix:{run_dir}/db"' in found[0].remedy
        assert not list(guests.unserved(served))


def test_a_vm_without_a_console(run_dir):
    """A VM whose COM1 leads nowhere is told."""
    with qemu("mute", "nowhere", run_dir / "x") as machine:
        found = list(guests.unserved(host(run_dir, "", machines=(machine,))))

    assert "nobody can type" in found[0].what


def test_a_second_reader(run_dir):
    """A program that has the guest's FIFO open, too, is named."""
    os.mkfifo(run_dir / "web.in")
    os.mkfifo(run_dir / "web.out")
    with qemu("web", "pipe", run_dir / "web") as machine:
        assert not list(guests.foreign_readers(host(run_dir, "", machines=(machine,))))
        with subprocess.Popen(["cat", run_dir / "web.out"], stdout=subprocess.DEVNULL) as other:
            found = until(
                lambda: list(guests.foreign_readers(host(run_dir, "", machines=(machine,)))),
                "the reader",
            )
            other.kill()

    assert [one.remedy for one in found] == [f"end it: kill {other.pid}"]
    assert "cat" in found[0].what


def test_a_short_margin_and_a_port_that_is_down(run_dir):
    """A guest on a Unix socket has 24 ms, and a port may be down while its VM runs."""
    consoles = (
        f'[consoles.web]\nport = "unix:{run_dir}/web"\n'
        f'[consoles.held]\nport = "unix:{run_dir}/held"\n'
    )
    with (
        qemu("web", "unix", run_dir / "web") as web,
        qemu("held", "unix", run_dir / "held") as held,
        subprocess.Popen(["socat", f"UNIX-CONNECT:{run_dir}/held", "EXEC:sleep 100"]) as other,
        running(run_dir, consoles) as daemon,
    ):
        until(lambda: b"another program" in daemon.run("status", "held").stdout, "the reason")
        until(lambda: json.loads(daemon.run("status", "web", "--json").stdout)["connected"], "web")
        looked_at = host(run_dir, "", answers=True, machines=(web, held))
        short, down = list(guests.margins(looked_at)), list(guests.unread(looked_at))
        memory = list(resources.sockets(looked_at))
        other.kill()

    assert [one.about for one in short] == ["web"]
    assert "then waits" in short[0].what
    assert [one.about for one in down] == ["held"]
    assert "2 VMs" in memory[0].what


def test_too_few_descriptors(run_dir):
    """A daemon that may open fewer files than its consoles need is told, with what to write."""
    consoles = "".join(f'[consoles.c{n}]\nport = "demo:"\n' for n in range(4))
    with running(run_dir, consoles) as daemon:
        assert not list(resources.descriptors(host(run_dir, "", answers=True)))
        resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (110, 110))
        found = list(resources.descriptors(host(run_dir, "", answers=True)))

    assert "may open 110 files" in found[0].what
    assert "LimitNOFILE=65536" in found[0].remedy


def test_a_small_disk(tmp_path):
    """A disk without room for what the logs may grow to is told, and one without inodes."""
    with small_disk(tmp_path / "log", kib=1024) as disk:
        fill(disk / "full")
        found = list(resources.disk(host(tmp_path, '[consoles.a]\nport = "demo:"\n')))

    assert "there is room for" in found[0].what
    assert "log_total" in found[0].remedy


@pytest.mark.parametrize(
    ("name", "value", "about"),
    [("pipe-max-size", 65536, "fs.pipe-max-size"), ("pipe-user-pages-soft", 100, "pages-soft")],
)
def test_the_kernels_limits_on_pipes(tmp_path, name, value, about):
    """A limit under what the FIFOs are to hold is told; a privileged daemon is above it."""
    limits = tmp_path / "proc" / "sys" / "fs"
    limits.mkdir(parents=True)
    for limit, right in {"pipe-max-size": 1 << 20, "pipe-user-pages-soft": 16384}.items():
        (limits / limit).write_text(f"{value if limit == name else right}\n")

    console = f'[consoles.a]\nport = "pipe:{tmp_path}/a"\n'
    found = list(resources.pipes(host(tmp_path, console, proc=tmp_path / "proc")))

    assert [one.about.endswith(about) for one in found] == [True]
    assert found[0].remedy.startswith("echo fs.")


def test_the_clock(tmp_path):
    """The kernel is asked whether anything keeps its clock right, and a finding mends it."""
    found = list(resources.clock(host(tmp_path, "")))

    assert all("set-ntp" in one.remedy for one in found)
    assert len(found) <= 1


def test_a_guest_without_a_log(tmp_path):
    """A console that keeps nothing on the disk is told; one with QEMU's own log is not."""
    toml = (
        f'[consoles.a]\nport = "pipe:{tmp_path}/a"\nlog_size = 0\n'
        f'[consoles.b]\nport = "unix:{tmp_path}/b"\nlog_size = 0\nqemu_log = "{tmp_path}/b.log"\n'
    )
    assert [one.about for one in guests.unlogged(host(tmp_path, toml))] == ["a"]


def test_an_open_door_and_no_daemon(run_dir):
    """A socket for everybody is told, and a daemon that does not run."""
    missing = list(premises.doors(host(run_dir, "")))
    with running(run_dir, "") as daemon:
        assert not list(premises.doors(host(run_dir, "", answers=True)))
        Path(daemon.socket).chmod(0o666)
        found = list(premises.doors(host(run_dir, "", answers=True)))

    assert missing[0].remedy == "systemctl enable --now com1d"
    assert found[0].remedy == f"chmod 0660 {daemon.socket}"


def test_what_keeps_it_from_starting(tmp_path):
    """A directory that anybody can write to is told as `check` tells it."""
    (tmp_path / "run" / "consoles").mkdir(parents=True)
    (tmp_path / "run").chmod(0o777)

    assert "go-w" in next(premises.configured(host(tmp_path, ""))).what


def test_a_daemon_of_another_version(run_dir, monkeypatch):
    """The daemon that runs is compared with the version that is installed."""
    with running(run_dir, ""):
        looked_at = host(run_dir, "", answers=True)
        assert looked_at.running.version
        assert not list(unit.versions(looked_at))
        monkeypatch.setattr(unit, "version", lambda _name: "99.0")

        assert next(unit.versions(looked_at)).remedy == "com1d upgrade"


def test_a_domain_that_nobody_serves(tmp_path):
    """A running domain that is no console's is told: here of libvirt's own driver for tests."""
    (tmp_path / "node.xml").write_text(
        "<node><domain type='test'><name>lonely</name><memory>8192</memory><os><type>hvm</type>"
        "</os></domain></node>"
    )
    uri = f"test://{tmp_path}/node.xml"
    nobody = f'[discover.test]\nuri = "{uri}"\n'
    somebody = f'[consoles.x]\nport = "demo:"\ncontrol = "libvirt:{uri}"\ndomain = "lonely"\n'

    assert [one.about for one in domains(host(tmp_path, nobody))] == ["lonely"]
    assert not list(domains(host(tmp_path, nobody + somebody)))


def test_a_socket_behind_which_nobody_answers(run_dir):
    """A daemon that does not answer is a finding, not an end of the examination."""
    folder = run_dir / "run"
    folder.mkdir()
    with subprocess.Popen(
        ["socat", f"UNIX-LISTEN:{folder}/com1d.sock,fork", "EXEC:false"], stderr=subprocess.DEVNULL
    ) as other:
        until((folder / "com1d.sock").is_socket, "the socket")
        with pytest.raises(SilentDaemonError):
            ask(folder / "com1d.sock")
        other.kill()


UNITS = [
    ({"LoadState": "not-found"}, "it is not-found", "README"),
    ({"UnitFileState": "disabled"}, "does not start with the host", "systemctl enable"),
    ({"NeedDaemonReload": "yes"}, "older version of its file", "systemctl daemon-reload"),
    ({"NRestarts": "3"}, "started again 3 times", "journalctl -u com1d.service"),
]


@pytest.mark.parametrize(("differs", "what", "remedy"), UNITS)
def test_a_unit_that_is_not_in_order(tmp_path, monkeypatch, differs, what, remedy):
    """Each thing that systemd says of the unit, and is not right, is told; one in order is not."""
    right = {
        "LoadState": "loaded", "UnitFileState": "enabled", "NeedDaemonReload": "no",
        "NRestarts": "0",
    }  # fmt: skip
    monkeypatch.setattr(unit, "properties", lambda *_names: right)
    assert not list(unit.service(host(tmp_path, "")))
    monkeypatch.setattr(unit, "properties", lambda *_names: right | differs)
    [found] = unit.service(host(tmp_path, ""))

    assert what in found.what
    assert found.remedy.startswith(remedy) or remedy in found.remedy


def test_a_unit_that_was_opened(tmp_path, monkeypatch):
    """Its exposure is told above what the unit has with all drop-ins that come with it."""
    said = "→ Overall exposure level for com1d.service: {} OK"
    monkeypatch.setattr(unit, "ask", lambda *_: said.format("2.5"))
    assert not list(unit.hardening(host(tmp_path, "")))
    monkeypatch.setattr(unit, "ask", lambda *_: said.format("6.5"))

    assert "its exposure is 6.5" in next(unit.hardening(host(tmp_path, ""))).what


def test_what_the_unit_does_not_allow(tmp_path, monkeypatch):
    """A port for which the unit has no device is told, with the drop-in."""
    toml = '[consoles.a]\nport = "serial:/dev/ttyS0"\n'
    monkeypatch.setattr(unit, "serving", lambda _path: Unit(private_devices=True, stored=100))
    [found] = unit.allowed(host(tmp_path, toml))

    assert found.about == 'consoles.a.port "serial:/dev/ttyS0"'
    assert found.remedy.startswith("install -D")


def test_a_host_without_a_group_of_vms(tmp_path, monkeypatch):
    """QEMU cannot open FIFOs of a group that it is not in."""
    toml = f'[consoles.a]\nport = "pipe:{tmp_path}/a"\n'
    monkeypatch.setattr(premises, "GUEST_GROUPS", ("no such group",))

    assert "guest_group" in next(premises.guest_group(host(tmp_path, toml))).remedy
    assert not list(premises.guest_group(host(tmp_path, "")))


def test_a_clock_that_nothing_keeps_right(tmp_path, monkeypatch):
    """The kernel says so, adjtimex(2), and nothing else is asked."""
    kernel = SimpleNamespace(adjtimex=lambda _buffer: resources.TIME_ERROR)
    monkeypatch.setattr(ctypes, "CDLL", lambda *_given, **_more: kernel)

    assert "timedatectl" in next(resources.clock(host(tmp_path, ""))).remedy


def test_no_systemd_is_said(tmp_path):
    """Where systemd does not run, what it would have been asked is named as not looked at."""
    looked_at = host(tmp_path, "")
    if Path("/run/systemd/system").is_dir():
        assert all(one.remedy for one in unit.service(looked_at))
    else:
        with pytest.raises(NotLookedError, match="systemd"):
            list(unit.service(looked_at))


def test_the_command(run_dir, capsys):
    """It exits 1 with findings, names each examination once, and JSON has the same."""
    host(run_dir, f'[consoles.a]\nport = "pipe:{run_dir}/a"\nlog_size = 0\n')
    path = run_dir / "com1d.toml"

    assert doctor(path) == 1
    text = capsys.readouterr().out
    assert doctor(path, as_json=True) == 1
    said = json.loads(capsys.readouterr().out)

    assert not said["ok"]
    assert {"check", "about", "what", "remedy"} == set(said["findings"][0])
    looked_at = {one["check"] for one in said["findings"]} | set(said["well"])
    assert looked_at | set(said["not_looked_at"]) == set(EXAMINATIONS)
    assert all(one["remedy"] in text for one in said["findings"] if one["check"] == "logs")


def test_a_wrong_configuration(tmp_path):
    """A configuration that cannot be read exits 78, as everywhere."""
    (tmp_path / "com1d.toml").write_text("x = 1\n")
    command = [sys.executable, "-m", "com1d", "doctor", "--config", str(tmp_path / "com1d.toml")]

    assert subprocess.run(command, capture_output=True, check=False).returncode == 78

"""What to start a VM with; real QEMUs that are started with it are in tests/guests."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from com1d.config import ConsoleConfig, PortAddress
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_OK, EX_USAGE
from com1d.tools.guest_args import QEMU_NAMESPACE, Qemu, advise, guest_args, installed
from com1d.wire.words import PORT_KINDS


OLD, NEW = Qemu("qemu", "7.2.22", (7, 2)), Qemu("qemu", "9.2.0", (9, 2))

CONFIG = """
[consoles.web01]
port = "pipe:/run/guests/web01"
control = "qmp:/run/qemu/web01.qmp"
[consoles.real]
port = "serial:/dev/ttyS0"
"""


def advised(port: str, qemu: Qemu | None = OLD, control: str | None = None):
    kind, _, target = port.partition(":")
    return advise(ConsoleConfig("web01", PortAddress(kind, target), control), qemu)


@pytest.mark.parametrize(
    ("port", "qemu", "chardev"),
    [
        ("pipe:/p", OLD, "pipe,id=com1,path=/p"),
        ("pipe:/a,b", OLD, "pipe,id=com1,path=/a,,b"),
        ("listen:/p", OLD, "socket,id=com1,path=/p,server=off,reconnect=1"),
        ("listen:/p", None, "socket,id=com1,path=/p,server=off,reconnect=1"),
        ("listen:/p", NEW, "socket,id=com1,path=/p,server=off,reconnect-ms=1000"),
        ("unix:/p", NEW, "socket,id=com1,path=/p,server=on,wait=off"),
        ("tcp:[::1]:9", NEW, "socket,id=com1,host=::1,port=9,server=on,wait=off"),
        ("pty:/p", OLD, "pty,id=com1"),
        ("pty:/p", NEW, "pty,id=com1,path=/p"),
        ("pty:/dev/pts/7", NEW, "pty,id=com1"),
    ],
)
def test_arguments(port, qemu, chardev):
    """Each kind of port, in the words of the QEMU that is there."""
    assert ("-chardev", chardev, "-serial", "chardev:com1") == advised(port, qemu).arguments


def test_a_qmp_control_gets_a_monitor_of_its_own():
    """Where the console has one, its socket is made, too."""
    advice = advised("pipe:/p", control="qmp:/q,m")
    assert (
        "-chardev", "socket,id=com1d-qmp,path=/q,,m,server=on,wait=off",
        "-mon", "chardev=com1d-qmp,mode=control",
    ) == advice.arguments[4:]  # fmt: skip
    assert 4 == len(advised("pipe:/p", control="exec:/bin/ipmi").arguments)


@pytest.mark.parametrize(
    ("port", "kind", "source"),
    [
        ("pipe:/a&'\"<b", "pipe", {"path": "/a&'\"<b"}),
        ("listen:/p", "unix", {"mode": "connect", "path": "/p"}),
        ("unix:/p", "unix", {"mode": "bind", "path": "/p"}),
        ("tcp:[::1]:9", "tcp", {"mode": "bind", "host": "::1", "service": "9"}),
        ("pty:/p", "pty", None),
    ],
)
def test_xml(port, kind, source):
    """One serial device, its first port, with the source that the port has; and QMP beside it."""
    advice = advised(port, control="qmp:/q")
    serial, commandline = ET.fromstring(f"<devices>{advice.xml}</devices>")
    found = serial.find("source")
    assert ("serial", kind, "0") == (
        serial.tag,
        serial.get("type"),
        serial.find("target").get("port"),
    )
    assert source == (found.attrib if found is not None else None)
    words = [element.get("value") for element in commandline]
    assert f"{{{QEMU_NAMESPACE}}}commandline" == commandline.tag
    assert advice.arguments[4:] == tuple(words)


@pytest.mark.parametrize("kind", ["serial", "demo"])
def test_where_there_is_no_vm(kind):
    """A real line and a simulated guest have nothing to start, and say so."""
    advice = advised(f"{kind}:/dev/ttyS0", control="qmp:/q")
    assert ((), "") == (advice.arguments, advice.xml)
    assert "to start" in advice.notes[0]


def test_every_kind_of_port_is_known():
    """None is forgotten, and each has something to say."""
    for kind in PORT_KINDS:
        target = "localhost:9" if kind in ("tcp", "telnet", "rfc2217") else "/p"
        assert advised(f"{kind}:{target}").notes


def test_cloud_hypervisor():
    """It listens on a socket; what else com1d can, it cannot."""
    advice = advised("unix:/p", control="chv:/api")
    assert ("--serial", "socket=/p", "--api-socket", "path=/api") == advice.arguments
    refused = advised("pipe:/p", control="chv:/api")
    assert () == refused.arguments
    assert "use unix:/path" in refused.notes[0]


@pytest.fixture
def config(tmp_path) -> Path:
    path = tmp_path / "com1d.toml"
    path.write_text(CONFIG)
    return path


@pytest.mark.parametrize(
    ("name", "options", "code", "out", "err"),
    [
        ("web01", {}, EX_OK, "-serial chardev:com1\n", "com1d: web01: com1d makes the FIFOs"),
        ("web01", {"libvirt": True}, EX_OK, "<serial type='pipe'>", "com1d makes the FIFOs"),
        ("web01", {"libvirt": True}, EX_OK, '<qemu:arg value="-mon"/>', "libvirt:qemu:///system"),
        ("web01", {"as_json": True}, EX_OK, '"control": "qmp:/run/qemu/web01.qmp"', ""),
        ("real", {}, EX_FAILURE, "", "a real line"),
        ("nope", {}, EX_USAGE, "", "has no console 'nope'; it has web01, real"),
    ],
)
def test_what_is_printed(config, capsys, name, options, code, out, err):
    """What a shell or a program takes on stdout, what people should know on stderr."""
    assert code == guest_args(config, name, **options)
    said = capsys.readouterr()
    assert (True, True) == (out in said.out, err in said.err)
    assert bool(out) == bool(said.out)


def test_a_wrong_configuration(config, capsys):
    """It is named as everywhere, with the exit code for it."""
    config.write_text("[consoles.web01]\nport = 1\n")
    assert EX_CONFIG == guest_args(config, "web01")
    assert "consoles.web01.port" in capsys.readouterr().err


@pytest.mark.parametrize(
    "port",
    [
        "pipe:{}/guests/web01",
        "pipe:{}/virtual machines/web01",
        'pipe:{}/bob\'s "new" VMs/web 01',
        "listen:{}/a  b,c/web01.sock",
        "unix:{}/[v]m*/com1",
        "unix:{}/$HOME`id`/com1",
    ],
)
def test_a_shell_takes_it_whole(run_dir, port):
    """As README has it, each word reaches QEMU as --json has it, and leads to the port."""
    kind, _, target = port.format(run_dir).partition(":")
    config = run_dir / "com1d.toml"
    config.write_text(
        f'[daemon]\nruntime_dir = "{run_dir}/run"\n'
        f"[consoles.web01]\nport = {json.dumps(f'{kind}:{target}')}\n"
        f'control = "qmp:{run_dir}/q m p/sock"\n'
    )
    asked = f"{sys.executable} -m com1d guest-args web01 --config {config}"
    script = f'for word in $({asked} 2>/dev/null); do printf "%s\\n" "$word"; done'
    words = subprocess.run(["sh", "-c", script], check=True, capture_output=True, text=True).stdout
    told = subprocess.run([*asked.split(), "--json"], check=True, capture_output=True).stdout
    assert words.splitlines() == json.loads(told)["arguments"]

    path = words.splitlines()[1].partition("path=")[2].partition(",server")[0].replace(",,", ",")
    ends = (".in", ".out") if kind == "pipe" else ("",)
    for end in ends:
        assert os.path.realpath(target + end) == os.path.realpath(path + end)


def test_where_no_link_can_be_made(tmp_path, capsys):
    """Nothing is printed that a shell would cut; the reason says what to do. XML is not cut."""
    config = tmp_path / "com1d.toml"
    (tmp_path / "run").write_text("")
    config.write_text(
        f'[daemon]\nruntime_dir = "{tmp_path}/run"\n[consoles.a]\nport = "pipe:/v m/a"\n'
        '[consoles.b]\nport = "unix:/v/my vm"\n'
    )
    codes = [guest_args(config, name) for name in "ab"]
    said = capsys.readouterr()
    assert ([EX_FAILURE] * 2, "") == (codes, said.out)
    assert 2 == said.err.count("or use --json")
    assert EX_OK == guest_args(config, "a", libvirt=True)
    assert "path='/v m/a'" in capsys.readouterr().out.replace('"', "'")


@pytest.mark.parametrize(
    ("script", "version"),
    [
        ("echo 'QEMU emulator version 10.0.2 (Debian 1:10.0)'", (10, 0)),
        ("echo QEMU emulator version 9.2.50-dev", (9, 2)),
        ("echo nonsense", None),
        (None, None),
    ],
)
def test_which_qemu_is_installed(tmp_path, monkeypatch, script, version):
    """Its own words are read; one that says nothing, or is not there, is none."""
    if script is not None:
        (tmp_path / "qemu-system-x86_64").write_text(f"#!/bin/sh\n{script}\n")
        (tmp_path / "qemu-system-x86_64").chmod(0o755)
    monkeypatch.setattr("com1d.tools.guest_args.PROGRAMS", ("qemu-system-x86_64",))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = installed()
    assert version == (found.version if found else None)


def test_without_a_qemu_it_says_so():
    """The arguments are those that most versions take, and the note says which."""
    assert "no QEMU is installed here" in advised("pipe:/p", None).notes[0]
    assert "for QEMU 7.2.22" in advised("pipe:/p").notes[0]
    assert shutil.which("qemu-system-x86_64") == installed().program

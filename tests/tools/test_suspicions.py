"""What `check` warns of: right for the configuration, and probably not what was meant."""

import os
import socket
from pathlib import Path

import pytest

from com1d.config import load
from com1d.errors import EX_OK
from com1d.tools.check import check
from com1d.tools.obstacles import obstacles
from com1d.tools.suspicions import suspicions


ROLE = '[[roles]]\nprincipal = "{}"\nrole = "{}"\nscope = "{}"\n'
OWNER = ROLE.format("uid:0", "owner", "*")
DEMO = '[consoles.web01]\nport = "demo:"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "com1d.toml"


def warned(file: Path, text: str) -> dict[str, str]:
    """Give what is suspicious by its key: value and what is said."""
    file.write_text(text)
    return {one.key: f"{one.value}: {one.expected}" for one in suspicions(load(file))}


SUSPICIOUS = [
    (ROLE.format("uid:0", "reader", "*") + DEMO, "roles", "nobody is owner"),
    (ROLE.format("uid:0", "owner", "web*") + DEMO, "roles", "nobody is owner"),
    (OWNER + ROLE.format("uid:1", "reader", "wbe*") + DEMO, "roles#2.scope", "matches no console"),
    (OWNER + ROLE.format("uid:1", "reader", "set:x"), "roles#2.scope", "matches no console"),
    (
        OWNER + ROLE.format("user:nobody-here", "reader", "*") + DEMO,
        "roles#2.principal", "no such user",
    ),
    (
        OWNER + ROLE.format("group:none-here", "reader", "*") + DEMO,
        "roles#2.principal", "no such group",
    ),
    (OWNER + ROLE.format("everyone", "contributor", "*") + DEMO, "roles#2.role", "any process"),
    (OWNER + ROLE.format("*", "owner", "*") + DEMO, "roles#2.role", "any process"),
    ('[[gateways]]\nuser = "nobody-here"\n', "gateways#1.user", "no such user"),
    ('[daemon]\nmetrics = "0.0.0.0:9521"\n', "daemon.metrics", "whoever reaches"),
    ('[daemon]\nmetrics = "[::]:9521"\nmetrics_names = true\n', "daemon.metrics", "the names"),
    ('[consoles.a]\nport = "demo:"\nlog_size = 0\n', "consoles.a.log_size", "nobody can attach"),
    ('[consoles.a]\nport = "serial:/dev/ttyNONE9"\n', "consoles.a.port", "is not there now"),
    ('[consoles.a]\nport = "pipe:{0}/open/a"\n', "consoles.a.port", "chmod o-w {0}/open"),
    ('[consoles.a]\nport = "listen:{0}/open/a"\n', "consoles.a.port", "chmod o-w {0}/open"),
    (
        '[consoles.a]\nport = "demo:"\nqemu_log = "{0}/no/a"\n',
        "consoles.a.qemu_log", "no directory",
    ),
    ('[consoles.a]\nport = "exec:/no/ssh x"\n', "consoles.a.port", "no such program"),
    (
        '[consoles.a]\nport = "demo:"\ncontrol = "exec:{0}/file"\n',
        "consoles.a.control", "no such program",
    ),
    ('[[hooks]]\nstate = "sac"\nrun = ["{0}/open"]\n', "hooks#1.run", "no such program"),
    (
        '[consoles.web01]\nport = "demo:"\n[consoles.Web01]\nport = "demo:"\n',
        "consoles.Web01", "reads as",
    ),
    (
        '[consoles.a]\nport = "unix:{0}/vm"\n[consoles.b]\nport = "unix:{0}/hard"\n',
        "consoles.b.port", "the same device as consoles.a.port",
    ),
    (
        '[consoles.a]\nport = "serial:{0}/tty1"\n[consoles.b]\nport = "pty:{0}/tty2"\n',
        "consoles.b.port", "the same device as consoles.a.port",
    ),
    (
        '[consoles.a]\nport = "tcp:127.0.0.1:9"\n[consoles.b]\nport = "telnet:127.1:9"\n',
        "consoles.b.port", "the same address as consoles.a.port",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "key", "expected"), SUSPICIOUS)
def test_it_is_said(tmp_path, file, text, key, expected):
    """With its key, and what to do about it."""
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    (tmp_path / "file").touch()
    (tmp_path / "tty1").symlink_to("/dev/null")
    (tmp_path / "tty2").symlink_to("/dev/null")
    with socket.socket(socket.AF_UNIX) as vm:
        vm.bind(str(tmp_path / "vm"))
        os.link(tmp_path / "vm", tmp_path / "hard")
        found = warned(file, text.replace("{0}", str(tmp_path)))

    assert expected.replace("{0}", str(tmp_path)) in found[key]


@pytest.mark.parametrize(
    "text",
    [
        "",
        DEMO,
        OWNER + DEMO,
        OWNER + ROLE.format("uid:1", "reader", "later*") + '[discover.q]\nglob = "/x/*"\n',
        OWNER + ROLE.format("everyone", "reader", "*") + DEMO,
        '[daemon]\nmetrics = "127.0.0.2:9521"\n',
        '[daemon]\nmetrics = "localhost:9521"\n',
        '[daemon]\nrequire_boot_diagnostics = false\n[consoles.a]\nport = "demo:"\nlog_size = 0\n',
        '[consoles.a]\nport = "exec:/bin/cat"\n[consoles.b]\nport = "exec:/bin/cat"\n',
        '[consoles.a]\nport = "unix:/nowhere/a"\n[consoles.b]\nport = "unix:/nowhere/b"\n',
        '[consoles.a]\nport = "tcp:127.0.0.1:9"\n[consoles.b]\nport = "tcp:127.0.0.2:9"\n',
    ],
)
def test_what_is_meant_is_not_suspected(file, text):
    """A VM may come later, and so may what a discovery finds."""
    assert {} == warned(file, text)


def test_a_warning_is_no_mistake(file, capsys):
    """It is said after the summary, and the code is that of a right configuration."""
    file.write_text('[daemon]\nmetrics = "0.0.0.0:9521"\n')

    assert EX_OK == check(file)
    out, err = capsys.readouterr()
    assert f"{file}: ok" == out.splitlines()[0]
    assert err.startswith(f'warning: {file}: daemon.metrics = "0.0.0.0:9521": can be read by')


def test_a_factor_that_nobody_vouches_for(file):
    """Nobody would get in, ever: that is a mistake."""
    file.write_text("[daemon]\nrequire_mfa = true\n")
    assert ["daemon.require_mfa"] == [one.key for one in obstacles(load(file))]
    file.write_text('[daemon]\nrequire_mfa = true\n[[gateways]]\nuser = "root"\n')
    assert [] == [*obstacles(load(file))]

"""What a configuration needs and its unit does not allow; and what systemd says of the unit."""

import grp
import pwd

import pytest

from com1d.config import load
from com1d.tools import unit
from com1d.tools.unit import SilentManagerError, Unit, bounds, serving


SHIPPED = Unit("nobody", private_devices=True, local_only=True, stored=16384)
FREE = Unit("root", stored=16384)

NEEDS = {
    'consoles.a.port "serial:/dev/ttyS0"': (
        '[consoles.a]\nport = "serial:/dev/ttyS0"\n', "serial.conf"
    ),
    'discover.b.glob "/dev/serial/by-id/*"': (
        '[discover.b]\nglob = "/dev/serial/by-id/*"\n', "serial.conf"
    ),
    'consoles.c.port "tcp:ts3:4001"': ('[consoles.c]\nport = "tcp:ts3:4001"\n', "network.conf"),
    'consoles.d.port "telnet:192.0.2.1:23"': (
        '[consoles.d]\nport = "telnet:192.0.2.1:23"\n', "network.conf"
    ),
    'daemon.metrics "192.0.2.1:9521"': (
        '[daemon]\nmetrics = "192.0.2.1:9521"\n', "network.conf"
    ),
    'daemon.metrics "127.0.0.1:80"': (
        '[daemon]\nmetrics = "127.0.0.1:80"\n', "CAP_NET_BIND_SERVICE"
    ),
    'daemon.socket_group "root"': ('[daemon]\nsocket_group = "root"\n', "usermod -aG root nobody"),
    'daemon.guest_group "root"': ('[daemon]\nguest_group = "root"\n', "usermod -aG root nobody"),
}  # fmt: skip


def warned(tmp_path, toml: str, of: Unit) -> dict[str, str]:
    """Give what is said of each setting."""
    file = tmp_path / "com1d.toml"
    file.write_text(toml)
    return {f"{one.key} {one.value}".strip(): one.expected for one in bounds(load(file), of)}


@pytest.mark.parametrize("about", list(NEEDS))
def test_what_a_unit_does_not_allow(tmp_path, about):
    """Each is one warning with what gives it; a unit that takes nothing away has none."""
    toml, remedy = NEEDS[about]
    said = warned(tmp_path, toml, SHIPPED)

    assert [about] == list(said)
    assert remedy in said[about]
    assert {} == warned(tmp_path, toml, FREE)


@pytest.mark.parametrize(
    "port", ["pipe:/run/x", "unix:/run/x", "pty:/dev/pts/7", "tcp:127.0.0.1:4001", "demo:"]
)
def test_ports_of_this_host_need_nothing(tmp_path, port):
    """Nor do metrics for this host."""
    toml = f'[daemon]\nmetrics = "[::1]:9521"\n[consoles.a]\nport = "{port}"\n'

    assert {} == warned(tmp_path, toml, SHIPPED)


def test_a_store_that_is_too_small(tmp_path):
    """It is said before a restart ends all sessions, with what is enough."""
    toml = "".join(f'[consoles.c{number}]\nport = "demo:"\n' for number in range(100))

    assert {} == warned(tmp_path, toml, Unit(stored=800))
    said = warned(tmp_path, toml, Unit(stored=799))["consoles"]
    assert "100 consoles have up to 800 descriptors" in said
    assert "FileDescriptorStoreMax=1600" in said


def test_a_unit_that_serves_another_file(tmp_path, monkeypatch):
    """The unit is asked, and counts only for the configuration that it serves."""
    file = tmp_path / "com1d.toml"
    said = (
        f"LoadState=loaded\nExecStart={{ path=/usr/bin/com1d ; argv[]=com1d --config {file} ; }}\n"
        "User=com1d\nPrivateDevices=yes\nIPAddressDeny=0.0.0.0/0 ::/0\n"
        "CapabilityBoundingSet=cap_dac_override\nFileDescriptorStoreMax=16384\n"
    )
    monkeypatch.setattr(unit, "ask", lambda *_: said)

    assert serving(tmp_path / "other.toml") is None
    assert serving(file) == Unit(
        "com1d", private_devices=True, local_only=True,
        capabilities=frozenset({"cap_dac_override"}), stored=16384,
    )  # fmt: skip


def test_without_systemd_there_is_no_unit(tmp_path, monkeypatch):
    """Nothing is said of a unit that nobody knows."""

    def silent(*_command: str) -> str:
        raise SilentManagerError("systemd does not run here")

    monkeypatch.setattr(unit, "ask", silent)

    assert serving(tmp_path / "com1d.toml") is None


def test_the_account_of_a_unit():
    """It is looked up on this host; one that is not there yet is none."""
    nobody = pwd.getpwnam("nobody")

    assert Unit("nobody").account == nobody
    assert Unit("no such user").account is None
    assert nobody.pw_gid != grp.getgrnam("root").gr_gid

"""Configurations of other console servers, as they are found in the wild, in com1d's words.

They are written anew after real ones: a laboratory's and two clusters' of conserver, a desk's and
two appliances' of ser2net, and three clusters' of conman.
"""

import tomllib
from typing import Any

import pytest

from com1d.__main__ import run
from com1d.config import load
from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE
from com1d.tools.importing.found import line_settings, named


CASES: dict[str, Any] = {
    "a laboratory": (
        "conserver.cf",
        r"""
        config * { }
        default full { rw *; }
        default * { timestamp ""; include full; master localhost; }
        #include /etc/conserver/procs.cf
        access * { trusted 127.0.0.1; allowed 127.0.0.1; }
        console ioc-a { type uds; uds /var/run/procServ/ioc-a/control; }
        console ioc-b { type uds; uds "/var/run/procServ/&/control"; aliases beam,vac; }
        """,
        {
            "ioc-a": {"port": "unix:/var/run/procServ/ioc-a/control"},
            "ioc-b": {
                "port": "unix:/var/run/procServ/ioc-b/control", "aliases": ["beam", "vac"],
            },
        },
        ["#include /etc/conserver/procs.cf: import that file", "contributor for everybody", "access *"],
    ),
    "terminal servers": (
        "conserver.cf",
        r"""
        group ops { users anna, bert; }
        default * { logfile /var/log/consoles/&; logfilemax 5m; options hupcl; }
        default cyc { type host; portbase 7000; portinc 1; host ts1.example.net; }
        default mrv { type host; portbase 2000; portinc 100; protocol telnet; }
        console n1 { include cyc; port 3; rw ops; ro @staff; }
        console n2 { include mrv; host ts2; port 4; rw cy; }
        console n3 { type host; host ts3; port 23; protocol raw; rw !bert; }
        """,
        {
            "n1": {"port": "telnet:ts1.example.net:7003"},
            "n2": {"port": "telnet:ts2:2400"},
            "n3": {"port": "tcp:ts3:23"},
        },
        ["n1: options hupcl has no equal", "n3: !bert: com1d has roles only"],
    ),
    "lines and programs": (
        "conserver.cf",
        r"""
        console sw1 { type device; device /dev/ttyUSB0; baud 9600; parity even; # a switch
        }
        console "node.7" { type exec; exec "/opt/bin/rcons &"; initcmd /bin/true; }
        console bmc { type ipmi; host 192.0.2.9; }
        """,
        {
            "sw1": {"port": "serial:/dev/ttyUSB0", "baud": 9600, "parity": "even"},
            "node.7": {"port": "exec:/opt/bin/rcons node.7"},
        },
        ["node.7: initcmd /bin/true has no equal", "bmc: ipmi has no equal"],
    ),
    "a desk": (
        "ser2net.yaml",
        "%YAML 1.1\n---\ndefine: &banner \\r\\nser2net\\r\\n\n\n"
        "connection: &usb0\n    accepter: telnet(rfc2217),tcp,4440\n    enable: on\n"
        "    options:\n      banner: *banner\n      kickolduser: true\n"
        "    connector: serialdev,/dev/ttyUSB0,115200n81,local\n"
        "connection: &usb1\n    accepter: tcp,4441\n    enable: off\n"
        "    connector: serialdev,/dev/ttyUSB1,9600e71,rtscts\n",
        {
            "usb0": {"port": "serial:/dev/ttyUSB0", "baud": 115200},
            "usb1": {
                "port": "serial:/dev/ttyUSB1", "baud": 9600, "parity": "even", "data_bits": 7,
                "flow": "rtscts",
            },
        },
        ["usb0: accepter 'telnet(rfc2217),tcp,4440'", "usb1: it is off here"],
    ),
    "a value on several lines": (
        "ser2net.yaml",
        "connection: &tS4telnet\n    accepter: telnet(rfc2217),tcp,3001\n    connector: serialdev,\n"
        "               /dev/serial/by-id/usb-x,\n               57600n81,local\n",
        {"tS4telnet": {"port": "serial:/dev/serial/by-id/usb-x", "baud": 57600}},
        ["tS4telnet: accepter"],
    ),
    "no name, and another end": (
        "my.yaml",
        "connection:\n  accepter: tcp,2000\n  connector: serialdev,/dev/ttyS1,LOCAL\n  timeout: 0\n"
        "connection: &far\n  accepter: tcp,2001\n  connector: telnet,tcp,192.0.2.4,4001\n"
        "connection: &odd\n  accepter: tcp,2002\n  connector: exec,cat\n",
        {"line1": {"port": "serial:/dev/ttyS1"}, "far": {"port": "telnet:192.0.2.4:4001"}},
        ["odd: connector 'exec,cat' has no equal"],
    ),
    "a cluster with BMCs": (
        "conman.conf",
        'SERVER keepalive=ON\nSERVER logdir="/var/log/conman"\n'
        'SERVER resetcmd="/usr/bin/powerman -0 %N; sleep 5; /usr/bin/powerman -1 %N"\n'
        'SERVER tcpwrappers=ON\nGLOBAL seropts="115200,8n1"\nGLOBAL log="/var/log/conman/console.%N"\n'
        'CONSOLE name="st01" dev="ipmi:pst01" ipmiopts="U:admin,P:x,C:17"\n'
        'CONSOLE name="st02" dev="/dev/ttyS2"\n',
        {"st02": {"port": "serial:/dev/ttyS2", "baud": 115200}},
        ["resetcmd", "tcpwrappers", "st01: dev 'ipmi:pst01' has no port of its own", "logdir"],
    ),
    "small letters": (
        "conman.conf",
        'server coredump=off\nserver loopback=off\nserver timestamp=1h\n# global config\n'
        'global seropts="9600,8n1"\nglobal logopts="sanitize"\n'
        "console name='r1' dev='ts1.example.net:7001'\n"
        'console name="r2" dev="/dev/ttyUSB3" seropts="38400,7e2"\n',
        {
            "r1": {"port": "telnet:ts1.example.net:7001"},
            "r2": {
                "port": "serial:/dev/ttyUSB3", "baud": 38400, "parity": "even", "data_bits": 7,
                "stop_bits": 2,
            },
        },
        ["r1: logopts 'sanitize'"],
    ),
    "programs and sockets": (
        "conman.conf",
        'CONSOLE name="v1" dev="unix:/run/vm/v1.sock" \\\n  log="v1.log"\n'
        'CONSOLE name="v 2" dev="/usr/lib/conman/exec/ssh.exp"\nCONSOLE name="broken"\n',
        {
            "v1": {"port": "unix:/run/vm/v1.sock"},
            "v_2": {"port": "exec:/usr/lib/conman/exec/ssh.exp"},
        },
        ["a console without name or dev"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_configuration_of_another_program(case, tmp_path, capsys):
    """Its consoles are ours, and com1d starts with them; what has no equal is said with its place."""
    name, text, consoles, lost = CASES[case]
    (tmp_path / name).write_text(text)

    assert EX_OK == run(["import", str(tmp_path / name)])

    out, said = capsys.readouterr()
    assert consoles == tomllib.loads(out)["consoles"]
    for part in lost:
        assert f"{name}:" in said
        assert part in said
    (tmp_path / "com1d.toml").write_text(out)
    assert set(consoles) == set(load(tmp_path / "com1d.toml").consoles)


def test_rights_become_roles(tmp_path, capsys):
    """Groups of conserver are its own, so that their people get roles; @ is a group of the host."""
    (tmp_path / "conserver.cf").write_text(CASES["terminal servers"][1])
    run(["import", str(tmp_path / "conserver.cf")])

    roles = tomllib.loads(capsys.readouterr().out)["roles"]
    assert [
        ("user:anna", "contributor", "n1"), ("user:bert", "contributor", "n1"),
        ("group:staff", "reader", "n1"), ("user:cy", "contributor", "n2"),
    ] == [(role["principal"], role["role"], role["scope"]) for role in roles]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "text", "code", "said"),
    [
        ([], None, EX_FAILURE, "No such file"),
        ([], "hello\n", EX_USAGE, "say whose file it is, by --from"),
        (["--from", "conman"], "hello\n", EX_FAILURE, "no console was found in it"),
    ],
)
def test_what_is_no_configuration(tmp_path, capsys, arguments, text, code, said):
    """It is said, and nothing is guessed."""
    path = tmp_path / "strange"
    if text is not None:
        path.write_text(text)

    assert code == run(["import", str(path), *arguments])
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "settings"),
    [
        ("9600,8n1", {"baud": 9600}),
        ("115200N81", {"baud": 115200}),
        ("4800 7O2", {"baud": 4800, "parity": "odd", "data_bits": 7, "stop_bits": 2}),
        ("19200", {"baud": 19200}),
        ("local", None),
    ],
)
def test_a_line_in_both_spellings(text, settings):
    """Bits and parity come in either order."""
    assert settings == line_settings(text)


@pytest.mark.parametrize(
    ("name", "given"), [("web-1", "web-1"), ("ä b", "x__b"), ("_x", "x_x"), ("n" * 70, None)]
)
def test_names(name, given):
    """What com1d's names cannot have becomes an underscore; none is too long."""
    assert named(name) == given or (given is None and len(named(name)) == 63)

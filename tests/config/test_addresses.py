"""Paths, ports and addresses: one spelling for each, and nothing that cannot be opened."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.config import PortAddress, RefusedValueError
from com1d.config.settings import addresses
from com1d.wire.words import PORT_KINDS


PORT = (
    "must be serial:/dev/ttyS0, pipe:/path, listen:/path, pty:/dev/pts/7, unix:/path, "
    "tcp:host:port, telnet:host:port, rfc2217:host:port, exec:/path or demo:"
)
PATH = "must be an absolute path, without .. or control characters"
HOST_AND_PORT = "must be host:port or [IPv6 address]:port, with a port from 1 to 65535"
METRICS = 'must be an IP address or localhost, and a port: "127.0.0.1:9521"; "" is off'
CONTROL = (
    "must be qmp:/path (QEMU), chv:/path (Cloud Hypervisor), libvirt:qemu:///system or "
    "exec:/path (a program)"
)
LIBVIRT = 'must be the URI of a libvirt on this host, such as "qemu:///system"'
GLOB = (
    'must be an absolute path with one * in it, "/run/qemu/*/com1.sock", or up to 9, none beside '
    "another"
)
QMP = 'must be a path with {name} in it, such as "/run/qemu/{name}.qmp"'
LONG = "/" + "x" * 107
TOO_LONG = "must have a path of at most 107 bytes, as all Unix sockets; this one has {}"


@pytest.mark.parametrize(
    ("text", "kind", "target"),
    [
        ("serial:/dev/ttyS0", "serial", "/dev/ttyS0"),
        ("serial:/dev/serial/by-id/usb-a:b", "serial", "/dev/serial/by-id/usb-a:b"),
        ("pipe:/run/com1d/guests/web01", "pipe", "/run/com1d/guests/web01"),
        ("pipe:" + LONG, "pipe", LONG),
        ("listen:/run/a.sock", "listen", "/run/a.sock"),
        ("unix:" + LONG[:107], "unix", LONG[:107]),
        ("pty:/dev/pts/7", "pty", "/dev/pts/7"),
        ("pipe://x/./y//", "pipe", "/x/y"),
        ("exec:/usr/bin/ssh  -p 2007 ts3", "exec", "/usr/bin/ssh -p 2007 ts3"),
        ("exec:/bin/sh -c 'exec cat'", "exec", "/bin/sh -c 'exec cat'"),
        ("exec://bin/./x \"a b\" '' $HOME", "exec", "/bin/x 'a b' '' '$HOME'"),
        ("tcp:192.0.2.1:2001", "tcp", "192.0.2.1:2001"),
        ("tcp:Rack1-TS.example:02001", "tcp", "rack1-ts.example:2001"),
        ("tcp:[2001:DB8:0::1]:23", "tcp", "[2001:db8::1]:23"),
        ("tcp:[fe80::1%eth0]:23", "tcp", "[fe80::1%eth0]:23"),
        ("demo:", "demo", ""),
    ],
)
def test_ports_are_read_into_one_spelling(text, kind, target):
    """Every kind of port is read, and what can be spelt in several ways comes out in one."""
    assert PortAddress(kind, target) == addresses.parse_port(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/dev/ttyS0", PORT),
        ("", PORT),
        (7, PORT),
        (["demo:"], PORT),
        ("demo", PORT),
        ("ssh:host:23", PORT),
        ("seral:/dev/ttyS0", f"{PORT}; did you mean serial:?"),
        ("Unix:/x", f"{PORT}; did you mean unix:?"),
        ("pipe:", PATH),
        ("pipe:/", PATH),
        ("pipe:web01", PATH),
        ("pipe: /x", PATH),
        ("pipe:/run/../x", PATH),
        ("pty:/dev/pts/7\n", PATH),
        ("serial:/dev/tty\0", PATH),
        ("listen:" + LONG, TOO_LONG.format(108)),
        ("unix:/" + "ö" * 60, TOO_LONG.format(121)),
        ("tcp:host", HOST_AND_PORT),
        ("tcp:host:", HOST_AND_PORT),
        ("tcp:host:0", HOST_AND_PORT),
        ("tcp:host:65536", HOST_AND_PORT),
        ("tcp:host:٢٣", HOST_AND_PORT),
        ("tcp::23", HOST_AND_PORT),
        ("tcp:a b:23", HOST_AND_PORT),
        ("tcp:-v:23", HOST_AND_PORT),
        ("tcp:2001:db8::1:23", HOST_AND_PORT),
        ("tcp:[192.0.2.1]:23", "must have an IPv6 address between the brackets"),
        ("tcp:[fe80::1%\x1b]:23", "must not have control characters in it"),
        ("exec:ssh ts3", PATH),
        ("exec:", PATH),
        ("exec:/bin/../x", PATH),
        ("exec:/bin/sh -c 'x", "must be words as in a shell: no closing quotation"),
        ("exec:/bin/x \x1b", "must not have control characters in it"),
        ("demo:1", 'must be "demo:", with nothing after the colon'),
    ],
)
def test_wrong_ports_are_refused(value, expected):
    """A port that cannot work is refused with what was expected."""
    with pytest.raises(RefusedValueError) as refusal:
        addresses.parse_port(value)

    assert expected == str(refusal.value)


def test_every_kind_has_a_reader():
    """The kinds that ports may have are those that the refusal lists."""
    assert set(PORT_KINDS) == {word.partition(":")[0] for word in PORT.split() if ":" in word}


@given(st.sampled_from(PORT_KINDS), st.text() | st.from_regex(r"/[a-z./]{1,9}|[a-z:0-9]{1,9}"))
def test_a_port_reads_back_as_it_is_shown(kind, target):
    """Whatever is accepted is shown in a spelling that is accepted and means the same."""
    try:
        port = addresses.parse_port(f"{kind}:{target}")
    except RefusedValueError:
        return

    assert port == addresses.parse_port(str(port))


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (addresses.parse_directory, "/run/com1d/", Path("/run/com1d")),
        (addresses.parse_control, "qmp://run/web01.qmp", "qmp:/run/web01.qmp"),
        (addresses.parse_control, "chv:/run/web01/./api", "chv:/run/web01/api"),
        (addresses.parse_control, "exec:" + LONG, "exec:" + LONG),
        (addresses.parse_metrics, "", None),
        (addresses.parse_metrics, "127.0.0.1:9521", ("127.0.0.1", 9521)),
        (addresses.parse_metrics, "localhost:1", ("localhost", 1)),
        (addresses.parse_metrics, "[::]:65535", ("::", 65535)),
    ],
)
def test_right_addresses_are_read(reader, value, expected):
    """Directories, controls and the metrics listener are read."""
    assert expected == reader(value)


@pytest.mark.parametrize(
    ("reader", "value", "expected"),
    [
        (addresses.parse_directory, "run", PATH),
        (addresses.parse_directory, "/", PATH),
        (addresses.parse_directory, 3, 'must be an absolute path, such as "/run/com1d"'),
        (addresses.parse_control, "/run/web01.qmp", CONTROL),
        (addresses.parse_control, "libvirt:web01", LIBVIRT),
        (addresses.parse_control, "libvirt:qemu+ssh://host/system", LIBVIRT),
        (addresses.parse_glob, "/run/qemu/com1.sock", GLOB),
        (addresses.parse_glob, "/run/**/x.sock", GLOB),
        (addresses.parse_glob, "/run/" + "*/" * 10, GLOB),
        (addresses.parse_glob, "run/*", PATH),
        (addresses.parse_glob, 7, GLOB),
        (addresses.parse_libvirt_uri, "", LIBVIRT),
        (addresses.parse_libvirt_uri, ["qemu:///system"], LIBVIRT),
        (addresses.parse_qmp, "/run/web01.qmp", QMP),
        (addresses.parse_qmp, None, QMP),
        (addresses.parse_control, False, CONTROL),
        (addresses.parse_control, "qmp:web01.qmp", PATH),
        (addresses.parse_control, "qmp:" + LONG, TOO_LONG.format(108)),
        (addresses.parse_control, "chv:" + LONG, TOO_LONG.format(108)),
        (addresses.parse_control, "exec:", PATH),
        (addresses.parse_control, "exec", PATH),
        (addresses.parse_control, "Qmp:/x", CONTROL),
        (addresses.parse_metrics, "127.0.0.1", METRICS),
        (addresses.parse_metrics, "metrics.example:9521", METRICS),
        (addresses.parse_metrics, "999.1.1.1:9521", METRICS),
        (addresses.parse_metrics, "127.0.0.1:0", METRICS),
        (addresses.parse_metrics, "::1:9521", METRICS),
        (addresses.parse_metrics, False, METRICS),
        (addresses.parse_metrics, 9521, METRICS),
    ],
)
def test_wrong_addresses_are_refused(reader, value, expected):
    """A directory, control or listener that cannot work is refused with what was expected."""
    with pytest.raises(RefusedValueError) as refusal:
        reader(value)

    assert expected == str(refusal.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("h:1", ("h", 1)), ("[::1]:23", ("::1", 23)), ("a.b:65535", ("a.b", 65535))],
)
def test_host_and_port_come_apart(text, expected):
    """Host and port come apart into what connect() and bind() want."""
    assert expected == addresses.host_and_port(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(["/n"], ("/n",)), (["/a//b/./n", "--to", ""], ("/a/b/n", "--to", ""))],
)
def test_commands(value, expected):
    """A program by its path, and any arguments."""
    assert expected == addresses.parse_command(value)


@pytest.mark.parametrize("value", [[], "/n", ["n"], [1], ["/n", 2], ["/n", "a\0b"], None, [""]])
def test_what_is_no_command(value):
    """Nothing is looked up in a path, and no shell takes words apart."""
    with pytest.raises(RefusedValueError, match="must be an absolute path and arguments"):
        addresses.parse_command(value)

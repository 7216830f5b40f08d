"""What does not go together: shared addresses, and sockets whose paths are too long."""

from dataclasses import replace
from pathlib import Path

import pytest

from com1d.config import ConsoleConfig, DaemonConfig
from com1d.config.clashes import clashes
from com1d.config.settings import addresses


def console(name, port="demo:", control=None):
    return ConsoleConfig(name, addresses.parse_port(port), control)


def lines(consoles, daemon=None):
    found = clashes(daemon or DaemonConfig(), consoles)
    return [f"{clash.key} = {clash.value}: {clash.expected}" for clash in found]


@pytest.mark.parametrize("kind", ["unix", "pipe", "listen"])
@pytest.mark.parametrize("way", ["alias", "hop/alias", "chain"])
def test_a_port_behind_links_has_one_console(tmp_path, kind, way):
    """As /var/run leads to /run: a link among the directories, one of two, one after another."""
    (tmp_path / "real").mkdir()
    (tmp_path / "hop").mkdir()
    (tmp_path / "alias").symlink_to("real")
    (tmp_path / "hop" / "alias").symlink_to(tmp_path / "real")
    (tmp_path / "chain").symlink_to("alias")
    first = console("a", f"{kind}:{tmp_path}/real/vm")
    second = console("b", f"{kind}:{tmp_path}/{way}/vm")

    assert [("consoles", "b")] == [
        clash.place for clash in clashes(DaemonConfig(), [first, second])
    ]


@pytest.mark.parametrize(
    ("first", "second", "shared"),
    [
        ("pipe:/x", "pipe:/x", True),
        ("pipe:/x", "pipe:/x/", True),
        ("pipe:/x", "unix:/x.out", True),
        ("listen:/x.in", "pipe:/x", True),
        ("listen:/x", "unix:/x", True),
        ("serial:/dev/ttyS0", "serial:/dev//ttyS0", True),
        ("tcp:Host:0023", "tcp:host:23", True),
        ("tcp:localhost:23", "telnet:127.0.0.1:23", True),
        ("tcp:[::1]:23", "tcp:127.0.0.1:23", False),
        ("pipe:/x", "pipe:/xy", False),
        ("pipe:/x", "unix:/x", False),
        ("tcp:host:23", "tcp:host:24", False),
        ("demo:", "demo:", False),
        ("exec:/bin/cat", "exec:/bin/cat", False),
    ],
)
def test_a_port_has_one_console(first, second, shared):
    """Two consoles must not read the same path or address, however it is spelt."""
    found = list(clashes(DaemonConfig(), [console("a", first), console("b", second)]))

    assert [("consoles", "b")] * shared == [clash.place for clash in found]


def test_a_shared_port_names_who_has_it():
    """The later console is to blame, and the line names the earlier one."""
    expected = ['consoles."b.x".port = "pipe:/x": is already taken by consoles.a.port']

    assert expected == lines([console("a", "pipe:/x"), console("b.x", "pipe:/x")])


def test_a_control_has_one_console():
    """A reset must not reach another console's VM."""
    pair = [console("a", control="qmp:/q"), console("b", control="qmp:/q")]

    assert ['consoles.b.control = "qmp:/q": is already taken by consoles.a.control'] == lines(pair)


def test_a_program_controls_many_consoles():
    """A program is called with the console's name, so consoles may share it."""
    assert [] == lines([console(name, control="exec:/x") for name in "ab"])


def test_a_port_is_no_control():
    """The QMP socket of a VM is not its serial port."""
    expected = ['consoles.a.control = "qmp:/q": is already taken by consoles.a.port']

    assert expected == lines([console("a", "unix:/q", "qmp:/q")])


@pytest.mark.parametrize(
    ("port", "own"),
    [
        ("unix:/r/com1d.sock", True),
        ("unix:/r/consoles/a.sock", True),
        ("pipe:/r/consoles/a", True),
        ("unix:/r/guests/a.sock", False),
        ("unix:/r/com1d.sock2", False),
    ],
)
def test_com1d_does_not_attach_itself(port, own):
    """A port must not be one of the daemon's own sockets, which would feed a console to itself."""
    daemon = DaemonConfig(runtime_dir=Path("/r"))
    expected = [f'consoles.a.port = "{port}": is already taken by com1d itself'] * own

    assert expected == lines([console("a", port)], daemon)


@pytest.mark.parametrize(("directory", "fits"), [("/r" * 10 + "r", True), ("/r" * 11, False)])
def test_the_observers_socket_has_to_fit(directory, fits):
    """The longest name just fits into a runtime_dir of 21 bytes: 107 in all."""
    daemon, name = DaemonConfig(runtime_dir=Path(directory)), "x" * 63
    expected = (
        "must have a name of at most 62 characters in this runtime_dir: the path of a Unix "
        "socket has at most 107 bytes"
    )
    found = [clash.expected for clash in clashes(daemon, [console(name)])]

    assert (len(f"{directory}/consoles/{name}.observe.sock") <= 107) is fits
    assert ([] if fits else [expected]) == found


def test_a_hopeless_directory_is_one_problem():
    """A runtime_dir in which no name fits is reported once, not for every console."""
    daemon = DaemonConfig(runtime_dir=Path("/" + "ö" * 50))
    expected = [
        (
            f'daemon.runtime_dir = "/{"ö" * 50}": must be at least 18 bytes shorter: the path of a '
            "Unix socket in it has at most 107"
        )
    ]

    assert expected == lines([console("a"), console("b")], daemon)


@pytest.mark.parametrize(
    ("aliases", "refused"),
    [
        ({"a": ("x", "y"), "b": ("z",)}, {}),
        ({"a": ("a",)}, {}),
        ({"a": ("b",)}, {"a": ["b"]}),
        ({"b": ("a", "x")}, {"b": ["a"]}),
        ({"a": ("x",), "b": ("x", "a")}, {"b": ["a", "a"]}),
    ],
)
def test_a_name_has_one_console(aliases, refused):
    """An alias is no other console's name, nor its alias; that it is one's own does no harm."""
    consoles = [replace(console(name), aliases=aliases.get(name, ())) for name in ("a", "b")]
    found: dict[str, list[str]] = {}
    for clash in clashes(DaemonConfig(), consoles):
        found.setdefault(clash.place[1], []).append(
            clash.expected.removeprefix("is already a name of ")
        )

    assert refused == found

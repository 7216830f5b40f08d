"""Consoles as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.words.listing import console_rows, unserved_rows
from com1d.frontends.words.sheet import console_sheet
from com1d.frontends.words.tables import aligned, print_sheet, print_table
from frontends.harness import Terminal


WEB = {
    "name": "web01", "port": "pipe:/run/web01", "guest": "windows",
    "connected": True, "enabled": True,
    "guest_state": {"state": "sac", "since": "12:00", "hint": "Type cmd"}, "offset": 12, "boot": 2,
    "active": {"user": "alice", "pid": 7, "command": "com1", "since": "12:01", "via": "websocket",
               "origin": {"login": "ann", "address": "192.0.2.7"}},
    "observers": [{"user": "bob", "pid": 8, "since": "12:02", "via": "raw"}],
    "waiting": [{"user": "cy", "pid": 9, "since": "12:03", "via": "websocket",
                 "origin": {"gateway": "web"}}],
    "control": {"kind": "qmp", "can": ["nmi"], "hears": False}, "can": ["break", "nmi"],
    "role": "owner",
}  # fmt: skip
DARK = {
    "name": "db",
    "trouble": "no inode is free",
    "port": "demo:",
    "connected": False,
    "enabled": True,
    "reason": "no VM",
}
OFF = {
    "name": "off", "port": "demo:", "connected": True, "enabled": False, "guest": "linux",
    "disabled": {"code": "console-disabled", "by": "root (anna)", "at": "noon"},
}  # fmt: skip


def test_rows():
    """A row says why it is down or off, who holds it since when, and how many are with him."""
    assert console_rows([WEB, DARK, OFF, {}]) == [
        (
            "web01",
            "-",
            "up",
            "windows: sac",
            "alice (ann) 12:01",
            "1, 1 waiting",
            "pipe:/run/web01",
        ),
        ("db", "-", "down", "unknown", "-", "0", "no VM"),
        ("off", "-", "disabled", "linux: unknown", "-", "0", "disabled by root (anna), noon"),
        ("", "-", "down", "unknown", "-", "0", ""),
    ]


def test_what_a_guest_survived_and_what_was_not_looked_at():
    """Both stand in the sheet; a gateway's root does not look like root."""
    survived = {"what": "oops", "evidence": "BUG: x", "at": "12:03"}
    by = {"user": "root", "uid": 990, "origin": {"gateway": "com1-web"}}
    guest = {"state": "login", "notice": survived, "skipped": 70000}
    sheet = dict(console_sheet({**WEB, "active": by, "guest_state": guest}))

    assert "oops at 12:03: BUG: x" == sheet["survived"]
    assert "70000 bytes of output, which came too fast to look at" == sheet["unseen"]
    assert sheet["active"].startswith("root (via com1-web) since")
    assert {"survived", "unseen"}.isdisjoint(dict(console_sheet(WEB)))


def test_a_vm_without_a_console():
    """It has a row among the others, with the reason; the discovery itself may have one, too."""
    vm = {"name": "debian_x20_12", "vm": "debian 12", "discovered": "lv", "reason": "no port"}
    blind = {"name": "", "vm": None, "discovered": "lv", "reason": "lv cannot be reached"}

    assert [
        ("debian_x20_12", "-", "unserved", "-", "-", "-", "no port"),
        ("lv", "-", "unserved", "-", "-", "-", "lv cannot be reached"),
    ] == unserved_rows([vm, blind])
    assert [
        ("name", "debian_x20_12"), ("VM", "debian 12"), ("found by", "lv"), ("state", "unserved"),
        ("reason", "no port"),
    ] == console_sheet({**vm, "served": False, "connected": False})  # fmt: skip


@pytest.mark.parametrize(
    ("instance", "cell", "line"), [(0, "web 0", "web, instance 0"), (None, "web", "web")]
)
def test_a_member_of_a_set(instance, cell, line):
    """The list and the sheet say which one it is, and who found it."""
    console = {"name": "w", "set": "web", "instance": instance, "discovered": "qemu"}

    assert cell == console_rows([console])[0][1]
    assert {("set", line), ("found by", "qemu")} < set(console_sheet(console))


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (
            {"oldest": 7, "bytes": 4096, "missed": 0, "failing": None},
            "takes 4096 bytes of disk, begins at offset 7",
        ),
        (
            {"oldest": 0, "bytes": 0, "missed": 9, "failing": "No space left on device"},
            (
                "cannot be written: No space left on device; takes 0 bytes of disk, begins at "
                "offset 0; 9 bytes are missing"
            ),
        ),
    ],
)
def test_a_log_that_fails_is_said(log, said):
    """The sheet says how much is kept, and above all what is not."""
    assert ("log", said) in console_sheet({"log": log})


def test_sheet(capsys):
    """All that is known about one console, aligned; what is not known has no line."""
    print_sheet(console_sheet(WEB, [{"started": "11:58", "cause": "reset"}]))

    assert capsys.readouterr().out == (
        "name:       web01\n"
        "port:       pipe:/run/web01\n"
        "state:      up\n"
        "guest:      windows: sac\n"
        "since:      12:00\n"
        "hint:       Type cmd\n"
        "control:    qmp, can break, nmi; it tells nothing by itself\n"
        "your role:  owner\n"
        "boot:       2, since 11:58 (reset)\n"
        "offset:     12\n"
        "active:     alice (ann, from 192.0.2.7) since 12:01, process 7 com1 by websocket\n"
        "observer:   bob since 12:02, process 8 by raw\n"
        "waiting:    cy (via web) since 12:03, process 9 by websocket\n"
    )
    assert ("reason", "no VM") in console_sheet(DARK)
    assert ("trouble", "no inode is free") in console_sheet(DARK)
    assert ("active", "nobody") in console_sheet(DARK)
    assert ("disabled", "by root (anna), noon") in console_sheet(OFF)


@pytest.mark.parametrize(
    ("console", "hint"),
    [
        ({"port": "pipe:/a", "name": "w"}, "start the VM with these FIFOs: `com1d guest-args w`"),
        ({"port": "pty:/a", "control": {"kind": "libvirt"}, "domain": "d"}, "`virsh start d`"),
        ({"port": "serial:/a"}, "is the adapter plugged in"),
    ],
)
def test_a_port_that_is_down_gets_a_hint_of_its_own(console, hint: str):
    """What helps the port; nothing about a guest that is off."""
    guest = {"guest_state": {"state": "blank", "hint": "Press Enter"}}
    [said] = [text for name, text in console_sheet(console | guest) if name == "hint"]
    assert hint in said
    assert "Press Enter" not in said


@pytest.mark.parametrize(
    ("port", "seconds", "fullest", "said"),
    [
        ("pipe:/a", 91.022, 0.034, "can print 91 s while com1d is away; fullest so far 3 %"),
        ("pty:/a", 1.81, 0.0, "can print 2 s while com1d is away; fullest so far 0 %"),
        (
            "unix:/a", 0.024, 0.996,
            ("can print 0.024 s while com1d is away; fullest so far 100 %;"
             " a pipe: port gives it 91 s"),
        ),
        (
            "pipe:/a", 0.356, 0.001,
            "can print 0.36 s while com1d is away; fullest so far under 1 %; raise pipe_size",
        ),
        ("serial:/a", 0.5, 0.01, "can print 0.5 s while com1d is away; fullest so far 1 %"),
    ],
)  # fmt: skip
def test_the_stall_margin_in_words(port, seconds, fullest, said):
    """How long the guest goes on alone, how near it came; below a second, what to do about it."""
    margin = {"bytes": 1, "seconds": seconds, "fullest": fullest}

    assert ("margin", said) in console_sheet({"port": port, "stall_margin": margin})


def test_a_pipe_gets_plain_text(capsys):
    """Columns begin at the same place, without colours, and control characters are shown."""
    print_table(("NAME", "GUEST"), [("a", "\x1b[31m"), ("longer", "x")])

    assert capsys.readouterr().out == "NAME    GUEST\na       \\x1b[31m\nlonger  x\n"


@pytest.mark.parametrize(
    ("colour", "coloured"), [({"NO_COLOR": ""}, True), ({"NO_COLOR": "1"}, False)]
)
def test_a_terminal_gets_colours_unless_it_wants_none(daemon, colour, coloured):
    """The same table, with colours where they are welcome, and no markup taken from names."""
    with Terminal("--socket", daemon.socket, "list", TERM="xterm", **colour) as terminal:
        assert terminal.ends() == 0

        assert (b"\x1b[31m" in terminal.seen) is coloured
        assert b"VM to dial in" in terminal.seen


@given(st.lists(st.tuples(st.text("ab ", max_size=5), st.text("cd", min_size=1)), min_size=1))
def test_alignment(rows):
    """The second column begins at the same place in every line."""
    width = max(len(first) for first, _ in rows)

    assert aligned(rows) == [f"{first.ljust(width)}  {second}" for first, second in rows]

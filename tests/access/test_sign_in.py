"""Who signed in for a process, read from files as the kernel, logind and login write them."""

import os
import struct
from pathlib import Path

import pytest

from com1d.access.sign_in import SignIn, sign_in
from com1d.wire.origin import Origin, person


PTS3 = 136 << 8 | 3
NOBODY = str(0xFFFFFFFF)


@pytest.fixture
def host(tmp_path):
    """Give a function that writes what a host says of process 42, and asks."""

    def ask(*, login=NOBODY, tty=0, session="", host="", line=b"pts/3") -> SignIn:
        process = tmp_path / "proc" / "42"
        process.mkdir(parents=True)
        (process / "loginuid").write_text(login)
        (process / "stat").write_text(f"42 (a) b (c) S 1 42 42 {tty} 42 0")
        (process / "sessionid").write_text("7")
        sessions = tmp_path / "sessions"
        sessions.mkdir()
        (sessions / "7").write_text(session)
        entry = struct.pack(
            "hi32s4s32s256shhiii16s20s", 7, 9, line, b"s/3", b"anna", host.encode(),
            0, 0, 0, 0, 0, b"", b"",
        )  # fmt: skip
        (tmp_path / "utmp").write_bytes(entry + b"torn")
        return sign_in(42, tmp_path / "proc", sessions, tmp_path / "utmp")

    return ask


def test_logind_knows_the_address(host):
    """The session's file of logind goes before utmp; the name of a process may hold brackets."""
    said = host(login="1000", tty=PTS3, session="USER=anna\nREMOTE_HOST=192.0.2.7\n", host="x")
    assert SignIn(1000, "pts/3", "192.0.2.7") == said


def test_utmp_knows_it_where_logind_does_not(host):
    """The entry of the process's terminal has it."""
    assert SignIn(1000, "pts/3", "192.0.2.8") == host(login="1000", tty=PTS3, host="192.0.2.8")


def test_an_entry_of_another_terminal_says_nothing(host):
    """An address belongs to one terminal."""
    said = host(login="1000", tty=PTS3, host="192.0.2.8", line=b"pts/33")
    assert SignIn(1000, "pts/3", "") == said


def test_a_service_has_nobody_behind_it(host):
    """Without a login uid, what stands under the session's number is not asked."""
    assert SignIn() == host(session="REMOTE_HOST=192.0.2.7")


@pytest.mark.parametrize(
    ("number", "name"),
    [(137 << 8, "pts/256"), (4 << 8 | 1, "tty1"), (4 << 8 | 64, "ttyS0"), (204 << 8, "")],
)
def test_terminals_by_their_numbers(host, number: int, name: str):
    """As devices.txt of Linux has them."""
    assert name == host(tty=number).terminal


def test_a_process_that_has_ended(tmp_path):
    """Nothing is known of it, and nothing fails."""
    assert SignIn() == sign_in(1, tmp_path, tmp_path, tmp_path / "utmp")


def test_this_process():
    """The real files can be read."""
    said = sign_in(os.getpid())
    known = int(Path("/proc/self/loginuid").read_text())
    assert said.uid == (None if known == 0xFFFFFFFF else known)


@pytest.mark.parametrize(
    ("origin", "said"),
    [
        (Origin(), "root"),
        (Origin("anna"), "root (anna)"),
        (Origin("anna", "pts/3", "192.0.2.7"), "root (anna, pts/3, from 192.0.2.7)"),
    ],
)
def test_a_person_in_words(origin: Origin, said: str):
    """Only what is known is said."""
    assert said == person("root", origin.as_json())

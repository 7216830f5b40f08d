"""Pastes in brackets: when the guest wants them, and what a real shell makes of them."""

import os
import pty
import select
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.bracketed import END, START, Brackets, left_open, would_complete
from com1d.core.paste.delivery import Command, Finished, Send
from com1d.core.paste.transfer import Transfer


ON, OFF = b"\x1b[?2004h", b"\x1b[?2004l"
PATIENCE = 30.0


@pytest.mark.parametrize(
    ("printed", "on"),
    [
        (b"", False),
        (ON + b"$ ", True),
        (ON + b"$ " + OFF, False),
        (OFF + b"\r\n" + ON + b"$ ", True),
        (b"\x1b[?1;2004h", True),
        (b"\x1b[?2004;25h", True),
        (ON + b"\x1bc", False),
        (b"\x1b[?20041h\x1b[2004h\x1b[?2004", False),
    ],
)
def test_the_guests_last_word_counts(printed: bytes, on: bool):
    """It asks for brackets and gives them up, alone or with other modes, and resets do, too."""
    assert on is Brackets(printed).on


@given(st.lists(st.sampled_from([ON, OFF, b"text", b"\x1b[0m", b"\x1bc"])), st.data())
def test_a_torn_request_counts_as_a_whole_one(printed, data):
    """Wherever the guest's output is cut, the state behind it is the same."""
    whole = b"".join(printed)
    cut = data.draw(st.integers(0, len(whole)))
    brackets = Brackets(whole[:cut])
    for at in range(cut, len(whole)):
        brackets.feed(whole[at : at + 1])

    assert Brackets(whole).on is brackets.on


@given(st.lists(st.sampled_from([b"text", START + b"text" + END])), st.data())
def test_whose_end_was_discarded_is_left_open(pieces, data):
    """Exactly where what the guest got has more beginnings than ends, wherever it was cut."""
    whole = b"".join(pieces)
    cuts = [0]
    while cuts[-1] < len(whole):  # never within a marker: a line takes or leaves it
        markers = [len(each) for each in (START, END) if whole.startswith(each, cuts[-1])]
        cuts.append(cuts[-1] + (markers[0] if markers else 1))
    queued, got = sorted(data.draw(st.lists(st.sampled_from(cuts), min_size=2, max_size=2)))[::-1]
    opened = whole[:queued].count(START) > whole[:queued].count(END)
    left = whole[:got].count(START) > whole[:got].count(END)

    assert left is left_open(whole[got:queued], opened=opened)


@pytest.mark.parametrize(
    ("printed", "expected"),
    [
        (b"\r\nroot@vm1:~# ", True),
        (b"\r\n\x1b[1;32mann@vm1\x1b[0m:~$ \x1b[0m", True),
        (b"cat <<X\r\n> ", True),
        (b"\x1b[?2004l\r\n/ # ", True),
        (b"\x1b[?2004hroot@vm1:~# ", False),
        (b"root@vm1:~# cat > x\r\n", False),
        (b"", False),
    ],
)
def test_a_tab_at_a_prompt_may_complete_something(printed: bytes, expected: bool):
    """Where it has asked for brackets, or nothing waits there, a TAB is text."""
    assert expected is would_complete("a\tb", printed)
    assert not would_complete("a b", printed)


class Shell:
    """A real bash on a pty, and a paste into it."""

    def __init__(self, master: int, home: Path) -> None:
        self._master = master
        self.home = home
        self.sent = b""
        self.printed = b""

    def hear(self, seconds: float) -> bytes:
        if not select.select([self._master], [], [], seconds)[0]:
            return b""
        data = os.read(self._master, 65536)
        self.printed += data
        return data

    def until(self, text: bytes) -> None:
        begun = time.monotonic()
        while text not in self.printed:
            assert time.monotonic() < begun + PATIENCE, self.printed
            self.hear(1.0)

    def type(self, data: bytes) -> None:
        os.write(self._master, data)

    def carry_out(self, commands: list[Command]) -> Command | None:
        for command in commands:
            if isinstance(command, Send):
                self.sent += command.data
                self.type(command.data)
        return commands[-1] if commands else None

    def paste(self, text: str, **options: bool) -> Command | None:
        """Paste at the prompt; give the last word about it."""
        self.until(ON)
        transfer = Transfer(text, brackets=Brackets(self.printed), **options)
        last = self.carry_out(transfer.begin(time.monotonic()))
        while not transfer.over:
            due = (transfer.deadline() or 0.0) - time.monotonic()
            if data := self.hear(max(0.0, due)):
                last = self.carry_out(transfer.guest_spoke(data, time.monotonic())) or last
            else:
                last = self.carry_out(transfer.expire(time.monotonic())) or last
        return last


@contextmanager
def shell(home: Path) -> Iterator[Shell]:
    """Run bash as a guest does, on its terminal."""
    master, slave = pty.openpty()
    environment = {
        "PATH": os.environ["PATH"], "HOME": str(home), "TERM": "vt220", "LANG": "C.UTF-8",
        "PS1": "root@vm1:~# ", "INPUTRC": "/dev/null",
    }  # fmt: skip
    command = ["setsid", "--ctty", "bash", "--norc", "--noprofile", "-i"]
    with subprocess.Popen(
        command, stdin=slave, stdout=slave, stderr=slave, env=environment, cwd=home
    ) as bash:
        os.close(slave)
        try:
            yield Shell(master, home)
        finally:
            bash.kill()
            os.close(master)


needs_bash = pytest.mark.skipif(
    not (shutil.which("bash") and shutil.which("setsid")), reason="needs bash and setsid"
)
HERE_DOCUMENT = "cat > file <<X\ra:\r\tindented\r\t\tmore\r\t x\rX\recho do''ne\r"
CONTENT = "a:\n\tindented\n\t\tmore\n\t x\n"


@needs_bash
@pytest.mark.parametrize("verify", [True, False])
def test_tabs_reach_a_shell_as_they_are(tmp_path, verify: bool):
    """A TAB in brackets completes nothing, and the blanks that bash shows for it are its echo."""
    with shell(tmp_path) as bash:
        last = bash.paste(HERE_DOCUMENT, verify=verify)
        bash.until(b"done\r")

    size = len(HERE_DOCUMENT)
    assert Finished(size, size if verify else 0) == last
    assert CONTENT == (tmp_path / "file").read_text()
    assert bash.sent.count(START) == bash.sent.count(END)


@needs_bash
def test_what_a_line_starts_gets_no_brackets(tmp_path):
    """A program that has not asked for them would take the markers for text."""
    with shell(tmp_path) as bash:
        last = bash.paste("cat > file\rtext\r")
        bash.type(b"\x04echo do''ne\r")
        bash.until(b"done\r")

    assert isinstance(last, Finished)
    assert "text\n" == (tmp_path / "file").read_text()


@needs_bash
def test_a_paste_that_is_not_to_run_waits_for_enter(tmp_path):
    """What a terminal has marked as a paste stays text to its last line end."""
    with shell(tmp_path) as bash:
        bash.paste("echo one > file\r", verify=False, run=False)
        bash.until(b"one > file")
        before = (tmp_path / "file").exists()
        bash.type(b"\recho do''ne\r")
        bash.until(b"done\r")

    assert not before
    assert (tmp_path / "file").read_text() == "one\n"
    assert bash.sent == START + b"echo one > file\r" + END

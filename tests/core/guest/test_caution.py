"""When Enter at `SAC>` is questioned, and that nothing else ever is."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.guest.caution import Caution, line_at_prompt
from com1d.ports.demo import Guest


PROMPT = b"EVENT: The CMD command is now available.\r\nSAC>"


class Desk:
    """A user at the simulated guest; every message goes past the caution."""

    def __init__(self, typed: bytes = b"") -> None:
        self.guest = Guest(0.0, datetime(2026, 11, 22, tzinfo=UTC))
        self.caution = Caution()
        self.printed = b""
        self.asked: list[str] = []
        while (due := self.guest.deadline()) is not None and due <= 3.0:
            self.printed += self.guest.tick(due)
        self.press(typed)

    def press(self, data: bytes) -> None:
        """Press keys that go past the caution: another user's, or a paste."""
        self.printed += self.guest.handle(data, 3.0)

    def type(self, *messages: bytes) -> None:
        for message in messages:
            question = self.caution.handle(message, lambda: self.printed[-4096:])
            if question:
                self.asked.append(question)
            else:
                self.press(message)

    def keys(self, text: str) -> None:
        """Type as a keyboard does, each key by itself."""
        self.type(*(bytes([byte]) for byte in text.encode()))

    @property
    def ran(self) -> bool:
        """Whether the machine is on its way down."""
        return b"preparing to" in self.printed or b"BLUESCREEN" in self.later()

    def later(self) -> bytes:
        return self.guest.tick(4.0)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("restart", "restart restarts the machine at once"),
        ("shutdown", "shutdown shuts"),
        ("crashdump", "crashdump crashes"),
        ("  ReStart ", "restart restarts"),
        ("k 4", "k ends the process 4"),
        ("rex\x7fstart", "restart"),
        ("x\x08restart", "restart"),
    ],
)
def test_a_dangerous_line_is_asked_about_once(line: str, words: str):
    """The first Enter goes nowhere, the second one runs it."""
    desk = Desk()
    desk.keys(line)
    before = desk.printed
    desk.type(b"\r")

    assert 1 == len(desk.asked)
    assert words in desk.asked[0]
    assert "Press Enter again" in desk.asked[0]
    assert before == desk.printed
    desk.type(b"\r")
    assert 1 == len(desk.asked)
    assert before != desk.printed + desk.later()


def test_it_does_what_it_is_about():
    """Held once, `restart` restarts; left with backspaces, as Ctrl-C becomes, it does not."""
    desk = Desk()
    desk.keys("restart\r")
    assert not desk.ran
    desk.type(b"\r")
    assert desk.ran

    desk = Desk()
    desk.keys("restart\r")
    desk.caution.handle(b"\x03", lambda: desk.printed)
    desk.press(b"\x08" * 7)
    desk.keys("\r")
    assert not desk.ran


def test_typing_on_takes_the_question_back():
    """What is asked about is that line: another key, and Enter is asked about anew."""
    desk = Desk()
    desk.keys("restart\r")
    desk.keys("\x7ft\r")
    assert 2 == len(desk.asked)
    assert not desk.ran


@pytest.mark.parametrize(
    "lead", [b"ver\r", b"\x1b[A", b"\x1bOP", b"\x1b\t0", b"ch\r\x1b\t0", b"abc\x03"],
    ids=["a command before", "an arrow", "F1", "from SAC to SAC", "from SAC's list", "Ctrl-C"],
)  # fmt: skip
def test_what_went_before_on_a_line_of_its_own_changes_nothing(lead: bytes):
    """Commands, keys that SAC does not get, and the way back from a channel."""
    desk = Desk()
    if lead.startswith((b"\x1b[", b"\x1bO")):
        desk.caution.handle(lead, lambda: None)  # dropped by the translator
    else:
        desk.type(lead)
    desk.keys("restart\r")
    assert 1 == len(desk.asked)


def test_a_program_is_never_held_up():
    """A line that comes with its end passes, and so does one that comes in pieces with it."""
    for messages in ((b"restart\r",), (b"rest", b"art\r"), (b"ver\rrestart\r",)):
        desk = Desk()
        desk.type(*messages)
        assert [] == desk.asked
        assert desk.ran


def test_a_line_that_is_not_all_this_users_is_not_asked_about():
    """Somebody else began it: what stands there is not what was typed."""
    desk = Desk(b"re")
    desk.keys("start\r")
    assert [] == desk.asked
    desk = Desk(b"x")
    desk.keys("restart\r")
    assert [] == desk.asked


def test_an_echo_that_is_late_does_not_hide_the_line():
    """Only a part of it is there yet."""
    caution = Caution()
    for key in b"restart":
        caution.handle(bytes([key]), lambda: None)
    assert caution.handle(b"\r", lambda: PROMPT + b"res")


@pytest.mark.parametrize(
    "shown",
    [None, b"", b"restart", b"C:\\>restart", b"\r\n!SAC>restart", PROMPT + b"restart\r\n",
     PROMPT + b"restarts", PROMPT + b"\x1b[2J", b"see SAC>restart"],
)  # fmt: skip
def test_elsewhere_nothing_is_asked(shown: bytes | None):
    """Without the prompt, or with something else behind it."""
    caution = Caution()
    for key in b"restart":
        caution.handle(bytes([key]), lambda: None)
    assert caution.handle(b"\r", lambda: shown) is None


@pytest.mark.parametrize(
    ("end", "line"),
    [
        (PROMPT, ""),
        (PROMPT + b"ver", "ver"),
        (PROMPT + b"vex\x08 \x08r", "ver"),
        (PROMPT + b" " * 76 + b"\x1b[5;5Hver", "ver"),
        (PROMPT + b"\x1b[0J", ""),
        (PROMPT + b"ver\r\n", None),
        (PROMPT + b"\x1b[2J", None),
        (b"SAC>first thing ever", "first thing ever"),
        (b"login: ", None),
    ],
)
def test_the_line_at_the_prompt(end: bytes, line: str | None):
    """With backspaces carried out, and behind a repaint."""
    assert line == line_at_prompt(end)


@given(
    messages=st.lists(
        st.binary(max_size=6) | st.sampled_from([b"\r", b"restart", b"\x7f", b"k 1"])
    ),
    shown=st.binary(max_size=40) | st.builds(lambda end: PROMPT + end, st.binary(max_size=20)),
)
def test_never_twice_and_only_an_enter(messages: list[bytes], shown: bytes):
    """Whatever is typed and shown: only a lone Enter is held, and never two in a row."""
    caution = Caution()
    held = False
    for message in messages:
        question = caution.handle(message, lambda: shown)
        assert question is None or message == b"\r"
        assert not (held and question)
        held = question is not None

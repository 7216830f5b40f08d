"""A paste against simulated guests: it arrives verified, or it stops where it went wrong."""

from collections.abc import Callable, Iterator
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.delivery import FellBack, Finished, Progress, Send, Stopped
from com1d.core.paste.transfer import LINE_WAIT, NO_ECHO_WAIT, PAUSE, Transfer


Style = Callable[[str, str], str]


def plain(line: str, character: str) -> str:
    """Show the character, as a Linux terminal does."""
    return character


def stars(line: str, character: str) -> str:
    """Show a star, as a password prompt does."""
    return "*"


def coloured(line: str, character: str) -> str:
    """Repaint the character before in a new colour, as zsh does."""
    return f"\b\x1b[32m{line[-1]}\x1b[0m{character}" if line else character


def repainted(line: str, character: str) -> str:
    """Repaint the whole line with its prompt, as simple line editors do."""
    return f"\r$ {line}{character}\x1b[K"


def by_cell(line: str, character: str) -> str:
    """Address every cell, as the console of Windows Server 2016 and 2019 does."""
    return f"\x1b[7;{len(line) + 5}H\x1b[0m\x1b[37m{character}"


def wrapped(width: int, mark: str) -> Style:
    """Break the line at a width, by the given mark."""

    def style(line: str, character: str) -> str:
        return character + (mark if (len(line) + 1) % width == 0 else "")

    return style


STYLES = {
    "plain": plain,
    "stars": stars,
    "coloured": coloured,
    "repainted": repainted,
    "by cell": by_cell,
    "wrapped as bash": wrapped(7, " \r"),
    "wrapped as busybox": wrapped(7, "\r\n"),
}


class Guest:
    """A terminal that takes characters, shows them in a style, and may get one of them wrong."""

    def __init__(
        self,
        style: Style = plain,
        *,
        lag: float = 0.004,
        fault: tuple[int, str] = (-1, ""),
        silent_from: int = 1_000_000,
    ) -> None:
        self.got = ""
        self.now = 0.0
        self._silent_from = silent_from
        self._style = style
        self._lag = lag
        self._fault_at, self._fault = fault
        self._line = ""
        self._row = 7
        self._due: list[tuple[float, bytes]] = []

    def put(self, text: str, now: float) -> None:
        """Take characters from the line."""
        for character in text:
            wrong = len(self.got) == self._fault_at and character != "\r"
            self.got += character
            seen = {"doubled": character * 2, "missing": "", "wrong": "#"}.get(
                self._fault if wrong else "", character
            )
            self.now = now
            if len(self.got) <= self._silent_from:
                self._show(seen, now)

    def say(self, text: str, at: float) -> None:
        """Print something of the guest's own."""
        self._due.append((at, text.encode()))
        self._due.sort(key=lambda output: output[0])

    def deadline(self) -> float | None:
        """When something is printed next."""
        return self._due[0][0] if self._due else None

    def take(self, now: float) -> bytes:
        """Give what is printed at `now`."""
        return self._due.pop(0)[1] if self._due and self._due[0][0] <= now else b""

    def _show(self, seen: str, now: float) -> None:
        for character in seen:
            if character == "\r":
                self._line = ""
                self.say("\r\n$ ", now + self._lag)
            else:
                self.say(self._style(self._line, character), now + self._lag)
                self._line += character


class ConsoleHost(Guest):
    """Reads a key every 20 ms; what arrives meanwhile is merged into a like key that waits.

    A key that waits with a count of n is read as n + 1 by PSReadLine, and once by a cooked reader.
    """

    EVERY = 0.020

    def __init__(self, repeats: Callable[[int], int]) -> None:
        super().__init__(plain, lag=0.001)
        self._repeats = repeats
        self._queue: list[tuple[str, int]] = []
        self._read_at = 0.0

    def put(self, text: str, now: float) -> None:
        """Queue keys, merging like with like."""
        for key in text:
            last, count = self._queue[-1] if self._queue else ("", 0)
            if last == key:
                self._queue[-1] = (key, count + 1)
            else:
                if not self._queue:
                    self._read_at = max(self._read_at, now) + self.EVERY
                self._queue.append((key, 1))

    def deadline(self) -> float | None:
        """When a key is read, or its echo printed."""
        times = [self._read_at] if self._queue else []
        printed = super().deadline()
        return min([*times, *([printed] if printed is not None else [])], default=None)

    def take(self, now: float) -> bytes:
        """Read a key if it is time, then print what is due."""
        if self._queue and self._read_at <= now:
            key, count = self._queue.pop(0)
            self._read_at = now + self.EVERY
            super().put(key * (self._repeats(count) if count > 1 else 1), now)
        return super().take(now)


def psreadline(count: int) -> int:
    """How .NET's ReadKey reads a repeated key."""
    return count + 1


def cooked(count: int) -> int:
    """How a cooked read reads it."""
    return 1


def play(transfer: Transfer, guest: Guest, *, pieces: Random | None = None) -> list:
    """Run a paste against a guest in virtual time; give the commands. The line has no delay."""
    commands, now = [], 0.0

    def carry_out(new: list) -> None:
        commands.extend(new)
        guest.put("".join(c.data.decode() for c in new if isinstance(c, Send)), now)

    carry_out(transfer.begin(now))
    while not transfer.over:
        times = [t for t in (transfer.deadline(), guest.deadline()) if t is not None]
        now = max(now, min(times))
        for piece in cut(guest.take(now), pieces):
            carry_out(transfer.guest_spoke(piece, now))
        carry_out(transfer.expire(now))
    return commands


def cut(output: bytes, pieces: Random | None) -> Iterator[bytes]:
    """Give output as it is or in pieces of random sizes."""
    while output and pieces:
        size = pieces.randint(1, 5)
        yield output[:size]
        output = output[size:]
    if output:
        yield output


texts = st.text(st.sampled_from("aab c-é🙂\r"), min_size=1, max_size=80).filter(
    lambda text: not text.startswith("\r")
)
NAMES = ["CurrentControlSet", "fDenyTSConnections", "Install-windowsfeature", "aaa", "bookkeeper"]


@given(texts, st.sampled_from(sorted(STYLES)), st.floats(0.0001, 0.4), st.randoms(), st.booleans())
def test_any_text_arrives_verified_whatever_the_guest_does_with_it(text, style, lag, pieces, gaps):
    """In every style of echo, at any lag, in any pieces: the guest has the text, all verified."""
    guest = Guest(STYLES[style], lag=lag)
    transfer = Transfer(text, neighbour_wait=0.15 if gaps else 0.0)

    commands = play(transfer, guest, pieces=pieces)

    assert text == guest.got
    assert [Finished(len(text), len(text))] == [
        c for c in commands if not isinstance(c, Send | Progress)
    ]


@given(texts)
def test_progress_only_grows_and_ends_at_the_whole(text: str):
    """Sent is never behind verified, neither goes back, and the whole is the end alone."""
    commands = play(Transfer(text), Guest())

    told = [(c.sent, c.verified) for c in commands if isinstance(c, Progress)]
    assert told == sorted(told)
    assert all(verified <= sent < len(text) for sent, verified in told)
    assert commands[-1] == Finished(len(text), len(text))


@pytest.mark.parametrize("repeats", [psreadline, cooked])
@pytest.mark.parametrize("text", NAMES)
def test_a_console_that_doubles_garbles_a_plain_paste_and_no_verified_one(text: str, repeats):
    """The bug that users of Windows know, shown; and a verified paste that does not meet it."""
    hit, spared = ConsoleHost(repeats), ConsoleHost(repeats)
    plainly = Transfer(text, verify=False)
    verified = Transfer(text, neighbour_wait=0.15)

    play(plainly, hit)
    while (due := hit.deadline()) is not None:
        hit.take(due)
    commands = play(verified, spared)

    assert text != hit.got
    assert text == spared.got
    assert [Finished(len(text), len(text))] == commands[-1:]


@pytest.mark.parametrize("repeats", [psreadline, cooked])
@pytest.mark.parametrize("text", NAMES)
def test_a_plain_paste_with_gaps_is_spared_too(text: str, repeats):
    """Where the echo is not matched, the gap between neighbours alone avoids the bug."""
    guest = ConsoleHost(repeats)

    play(Transfer(text, verify=False, neighbour_wait=0.15), guest)
    while (due := guest.deadline()) is not None:
        guest.take(due)

    assert text == guest.got


@pytest.mark.parametrize("repeats", [psreadline, cooked])
def test_without_gaps_a_verified_paste_stops_where_the_console_doubles(repeats):
    """Should it happen all the same, it is noticed at the very character, before Enter."""
    guest = ConsoleHost(repeats)

    commands = play(Transfer("rename CurrentControlSet\r"), guest)

    stopped = commands[-1]
    assert isinstance(stopped, Stopped)
    assert (stopped.position, stopped.character) in {(10, "r"), (11, "r")}
    assert "\r" not in guest.got


@given(
    st.text("abcdefgh ", min_size=3, max_size=60).filter(lambda t: t.strip() == t),
    st.sampled_from(["doubled", "missing", "wrong"]),
    st.sampled_from(["plain", "coloured", "repainted", "by cell"]),
    st.floats(0.0001, 0.4),
    st.none() | st.randoms(),
    st.data(),
)
def test_the_first_fault_stops_the_paste_before_enter(text, fault, style, lag, pieces, data):
    """One character doubled, left out or changed: the paste ends there, and Enter is never sent.

    Only a first character that is nowhere to be seen cannot be told from a guest without an echo.
    """
    blind = fault == "missing" or (fault, style) == ("wrong", "repainted")
    at = data.draw(st.integers(1 if blind else 0, len(text) - 1))
    guest = Guest(STYLES[style], lag=lag, fault=(at, fault))

    commands = play(Transfer(text + "\r" + text), guest, pieces=pieces)

    stopped = commands[-1]
    assert isinstance(stopped, Stopped)
    assert "\r" not in guest.got
    assert stopped.position - 1 in row_of_equals(text, at)
    assert stopped.character == text[stopped.position - 1]
    assert stopped.unsent == 2 * len(text) + 1 - len(guest.got)


def row_of_equals(text: str, at: int) -> range:
    """Give the places of the equal characters around one: which of them it was, nobody can see."""
    first, last = at, at
    while first and text[first - 1] == text[at]:
        first -= 1
    while text[last + 1 : last + 2] == text[at]:
        last += 1
    return range(first, last + 1)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("doubled", "stopped at character 8, 'o': the guest shows it twice; 3 characters"),
        ("missing", "stopped at character 8, 'o': the guest shows 'rld' without it; 3 characters"),
        ("wrong", "stopped at character 8, 'o': the guest shows '#rld' in its place; 3 characters"),
    ],
)
def test_the_report_names_the_character_and_its_place(fault: str, said: str):
    """A person can find it in what was pasted."""
    commands = play(Transfer("hello world\rok"), Guest(fault=(7, fault)))

    assert said in str(commands[-1])


def test_a_report_does_not_show_a_character_of_a_password():
    """Where the guest shows stars, so does the report."""
    stopped = play(Transfer("hunter2"), Guest(stars, fault=(3, "doubled")))[-1]

    assert isinstance(stopped, Stopped)
    assert stopped.character == "*"


def test_a_late_doubling_is_seen_before_enter_and_at_the_end():
    """A character too many that shows itself only after the echo was complete still counts."""
    for text in ("dir\rx", "dir"):
        guest = Guest()
        guest.say("r", 0.05)

        stopped = play(Transfer(text), guest)[-1]

        assert (3, "r", "the guest shows it twice") == (
            stopped.position, stopped.character, stopped.reason
        )  # fmt: skip


@given(texts)
def test_without_an_echo_it_falls_back_says_so_and_sends_everything(text: str):
    """After two seconds the rest goes at the fixed pace, and the guest has the text."""
    guest = Guest(silent_from=0)
    transfer = Transfer(text, neighbour_wait=0.15)

    commands = play(transfer, guest)

    assert text == guest.got
    assert FellBack(1, "the guest does not echo") in commands
    assert [Finished(len(text), 0)] == commands[-1:]


def test_a_password_that_is_not_echoed_is_waited_for_longer_in_later_lines():
    """Where lines before were echoed, a command may be running; then it falls back."""
    guest = Guest(silent_from=5)

    commands = play(Transfer("root\rsecret\r"), guest)

    assert guest.got == "root\rsecret\r"
    assert FellBack(6, "the guest does not echo") in commands
    assert LINE_WAIT <= guest.now <= LINE_WAIT + 0.5


def test_the_first_character_waits_alone():
    """Until it is known how the guest echoes, one character is at stake."""
    transfer = Transfer("hello")

    assert [Send(b"h")] == transfer.begin(0.0)
    assert transfer.deadline() == NO_ECHO_WAIT
    assert [Progress(1, 5, 1)] == transfer.guest_spoke(b"h", 0.01)
    assert transfer.deadline() == 0.01 + PAUSE
    assert [Send(b"el")] == transfer.expire(0.01 + PAUSE)


def test_lag_makes_the_parts_smaller():
    """A guest that answers late gets less at a time."""
    quick, slow = Guest(lag=0.001), Guest(lag=0.3)

    parts = [
        [len(c.data) for c in play(Transfer("x-" * 40), guest) if isinstance(c, Send)]
        for guest in (quick, slow)
    ]

    assert [1, 2, 4, 8, 16, 16] == parts[0][:6]
    assert [1] * 80 == parts[1]


@given(st.lists(st.floats(0.0, 1.0), max_size=6))
def test_messages_of_the_kernel_do_not_stop_it(times: list[float]):
    """A line that the kernel prints in between is told from the echo."""
    text = "cat > /etc/motd\rWelcome to this machine, stranger.\r"
    guest = Guest(lag=0.02)
    for at in times:
        guest.say("[   12.345678] eth0: link becomes ready\r\n", at)

    commands = play(Transfer(text), guest)

    assert text == guest.got
    assert [Finished(len(text), len(text))] == commands[-1:]


def test_a_guest_that_floods_its_console_gets_the_text_unverified_and_is_told_apart():
    """Where the echo cannot be found among other output, the rest is sent and said to be unsure."""
    guest = Guest(silent_from=0)
    for n in range(2000):
        guest.say("the quick brown fox\r\n", n * 0.01)

    commands = play(Transfer("hello world\r"), guest)

    assert guest.got == "hello world\r"
    assert FellBack(1, "other output of the guest hides the echo") in commands


def test_a_guest_that_stops_echoing_in_the_middle_of_a_line_stops_the_paste():
    """It was known to echo, so the silence is a fault, named after the first character missing."""
    guest = Guest(fault=(5, "missing"))
    transfer = Transfer("hello")
    commands = transfer.begin(0.0) + transfer.guest_spoke(b"h", 0.01)
    assert Send(b"el") in transfer.expire(0.01 + PAUSE)
    while (deadline := transfer.deadline()) is not None:
        commands += transfer.expire(deadline)

    assert guest.got == ""
    assert Stopped(2, "e", "the guest does not show it", 2) == commands[-1]


def test_commands_that_run_for_a_while_do_not_spoil_the_next_line():
    """The echo of the next line comes after the output and the prompt of the last."""
    guest = Guest()
    guest.say("one\r\ntwo\r\nthree\r\n", 0.30)

    commands = play(Transfer("./slow\rls\r"), guest)

    assert [Finished(10, 10)] == commands[-1:]


def test_cancel_ends_it_and_counts_the_rest():
    """Nothing is sent afterwards, verified or not."""
    verified, plainly = Transfer("x" * 40), Transfer("x" * 40, verify=False)
    for transfer, unsent in ((verified, 39), (plainly, 24)):
        transfer.begin(0.0)
        assert unsent == transfer.cancel()
        assert (True, None) == (transfer.over, transfer.deadline())
        assert [] == transfer.guest_spoke(b"x", 0.1) + transfer.expire(9.0)


@pytest.mark.parametrize(("text", "wait"), [("", 0.1), ("x", -0.1), ("x", 1.1)])
def test_nothing_to_send_or_a_wait_out_of_bounds_is_a_mistake(text: str, wait: float):
    """The wait between neighbours is at most a second."""
    with pytest.raises(ValueError, match="neighbour_wait"):
        Transfer(text, neighbour_wait=wait)


@given(texts, st.floats(0.001, 0.05))
def test_at_sac_at_most_512_bytes_are_unanswered_verified_or_not(text: str, lag: float):
    """Neither way of sending ever has more on its way than half of SAC's buffer."""
    for verify in (True, False):
        guest = Guest(lag=lag)
        commands = play(Transfer(text * 20, verify=verify, at_sac=True), guest)
        assert text * 20 == guest.got
        assert isinstance(commands[-1], Finished)

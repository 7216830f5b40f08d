"""What the guest shows of what was sent: echoes, redraws, wraps, and what is none of them."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste.echo import BUSY, Echo
from com1d.core.paste.sent_line import FOREIGN, KEPT
from com1d.core.paste.verdict import Fault, Verdict
from steps import steps


def play(*steps: str) -> Echo:
    """Send what starts with `>`, and let the guest print the rest."""
    echo = Echo()
    for step in steps:
        if step.startswith(">"):
            echo.expect(step[1:])
        else:
            echo.feed(step.encode())
    return echo


SHOWN = {
    "as it is": [">hello", "hello"],
    "byte by byte": [">hello", *"hello"],
    "in UTF-8": [">é€🙂", "é€🙂"],
    "in colours": [">hello", "\x1b[1;33mhe\x1b[0mllo\x1b[K"],
    "as stars": [">hello", "*****"],
    "as stars, by cell": [">he", "\x1b[5;7H*\x1b[5;8H*"],
    "Enter as CRLF": [">hi", "hi", ">\r", "\r\n"],
    "Enter as LF": [">hi", "hi", ">\r", "\n"],
    "Enter as CR": [">hi", "hi", ">\r", "\r"],
    "Enter by cell": [">h", "\x1b[5;7Hh", ">\r", "\x1b[6;1HC:\\>"],
    "the next line": [">hi", "hi", ">\r", "\r\nout\r\n$ ", ">ls", "ls"],
    "prompt after what was typed": [">hi", "hi", ">\r", "\r\n", ">ls -l", "out\r\n$ ls -l"],
    "wrapped by CRLF": [">hello", "hel\r\nlo"],
    "wrapped by blank and CR": [">hello", "hel \rlo"],
    "wrapped by cell": [">hello", "\x1b[5;78Hhel\x1b[6;1Hlo"],
    "wrapped at every character": [">hello", "h\r\ne\r\nl\r\nl\r\no"],
    "over itself": [">h", "h", ">e", "\b\x1b[33mhe"],
    "as a word repainted": [">hel", "hel", ">lo", "\x1b[3Dhello"],
    "by cell": [">hello", "".join(f"\x1b[5;{7 + n}H{c}" for n, c in enumerate("hello"))],
    "by cell, repainted": [">h", "\x1b[5;7Hh", ">ello", "\x1b[5;7H\x1b[93mhello"],
    "by column": [">h", "\x1b[5;7Hh", ">ello", "\x1b[7Ghello"],
    "by cell after plain text": [">h", "h", ">ello", "\x1b[5;8Hello"],
    "as the line again": [">hel", "$ hel", "\r\n", ">lo", "\r$ hello"],
    "as the line again with its prompt": [">hel", "hel", ">lo", "\r\x1b[KPS C:\\> hello"],
    "as the row again": [">hello wor", "hello \rwor", ">ld", "\rworld"],
    "with padding": [">hello", "hello     \x1b[5;12H"],
    "with padding of the line": [">hel", "hel", ">lo", "\r$ hello      \b\b\b\b\b\b"],
    "with a suggestion": [">he", "he", ">l", "llo world\x1b[8D"],
    "with a suggestion by cell": [">h", "\x1b[5;7Hh", ">e", "e\x1b[90mllo\x1b[5;9H"],
    "kernel message before": [">hello", "[  1.0] eth0: up\r\nhello"],
    "kernel message within": [">hello", "he[  1.0] eth0: up\r\nllo"],
    "kernel messages within": [">hello", "he[  1.0] up\r\n[  2.0] down\r\n[  3.0] up\r\nllo"],
    "broken off again": [">hello", "[  1.0] up\r\nhe[  2.0] down\r\nllo"],
    "with a clock to the right": [">h", "\x1b[5;7Hh", ">ello", "\x1b[5;70H12:00\x1b[5;8Hello"],
    "between two lines at once": [">hel", "hel", ">lo", "\r\n[  1.0] a\r\n[  2.0] b\r\nlo"],
    "within other text": [">h", "h", ">ello", "wording ello and so on"],
    "title in between": [">hello", "he\x1b]0;title\x07llo"],
    "TAB as it is": [">a\tb", "a\tb"],
    "TAB as blanks": [">a\tb", "a       b"],
    "TAB as blanks in two pieces": [">a\tb", "a   ", "    b"],
    "blanks": [">a  b", "a  b"],
    "line again after a message": [">hel", "hel", ">lo", "\r\n[  1.0] up\r\n$ hello"],
}  # fmt: skip


@pytest.mark.parametrize("steps", SHOWN.values(), ids=SHOWN)
def test_an_echo_of_any_style_is_verified(steps: list[str]):
    """However a guest shows what was sent, it is found whole, and found once."""
    echo = play(*steps)

    assert (echo.pending, echo.complete) == ("", True)


@pytest.mark.parametrize("steps", SHOWN.values(), ids=SHOWN)
def test_the_pieces_in_which_output_arrives_do_not_matter(steps: list[str]):
    """The same, with every byte of the output in a piece of its own."""
    echo = Echo()
    for step in steps:
        if step.startswith(">"):
            echo.expect(step[1:])
        else:
            for byte in step.encode():
                echo.feed(bytes((byte,)))

    assert (echo.pending, echo.complete) == ("", True)


FAULTY = {
    "doubled": ([">hello", "helllo"], Verdict(Fault.DOUBLED, -1, "lo")),
    "doubled first": ([">hello", "hhello"], Verdict(Fault.DOUBLED, -1, "hello")),
    "doubled last": ([">hello", "helloo"], Verdict(Fault.DOUBLED, -1, "o")),
    "doubled star": ([">he", "***"], Verdict(Fault.DOUBLED, -1, "*")),
    "doubled by cell": (
        [">h", "\x1b[5;7Hh", ">e", "\x1b[5;8He\x1b[5;9He"],
        Verdict(Fault.DOUBLED, -1, "e"),
    ),
    "missing": ([">hello", "hllo"], Verdict(Fault.MISSING, 0, "llo")),
    "missing so far": ([">hello", "hel"], Verdict(Fault.MISSING, 0, "")),
    "missing Enter": ([">h", "h", ">\r"], Verdict(Fault.MISSING, 0, "")),
    "one of two is missing": ([">hello!", "helo!"], Verdict(Fault.MISSING, 0, "o!")),
    "wrong": ([">hello", "hexlo"], Verdict(Fault.WRONG, 0, "xlo")),
    "wrong case": ([">hello", "hEllo"], Verdict(Fault.WRONG, 0, "Ello")),
    "wrong after a wrap": ([">hello", "hel\r\nxo"], Verdict(Fault.WRONG, 0, "xo")),
    "overwritten": ([">xy", "xy", ">z", "\bz"], Verdict(Fault.WRONG, -1, "z")),
    "blank doubled": ([">a b", "a  b"], Verdict(Fault.DOUBLED, -1, " b")),
    "blank for a character": ([">abc", "a c"], Verdict(Fault.WRONG, 0, " c")),
}


@pytest.mark.parametrize(("steps", "verdict"), FAULTY.values(), ids=FAULTY)
def test_a_fault_is_named_with_its_place(steps: list[str], verdict: Verdict):
    """Doubled, missing or wrong; and relative to the first character that is not verified."""
    echo = play(*steps)

    assert not echo.complete
    assert verdict == echo.verdict()


def test_an_echo_that_other_text_follows_on_the_line_can_be_presumed():
    """A line that begins like the echo is one, if nothing more comes; but only if all is there."""
    swallowed = play(">hel", "[  1.0] up\r\nhel[  2.0] down\r\n")
    in_part = play(">hello", "[  1.0] up\r\nhel[  2.0] down\r\n")

    assert (False, True, True) == (swallowed.complete, swallowed.presume(), swallowed.complete)
    assert (False, "hello") == (in_part.presume(), in_part.pending)


def test_other_text_after_the_echo_does_not_make_it_incomplete():
    """A prompt or a message behind what is verified is no character too many."""
    assert play(">ls", "ls", "[  1.0] eth0: link is up").complete


def test_other_text_is_counted_as_noise_until_the_next_echo():
    """How much of it there was tells whether it may hide the echo."""
    echo = play(">hello", "0123456789\r\n" * 5)
    assert echo.noise == 50
    echo.feed(b"hello")
    assert echo.noise == 0


@given(st.integers(0, 20000), st.integers(1, 60))
def test_an_echo_in_a_flood_is_found_as_a_whole(before: int, width: int):
    """Ten thousand short lines around it are no hindrance, nor a reason to read them one by one."""
    line = b"y" * width + b"\r\n"
    echo = play(">h", "h", ">ello")

    echo.feed(line * BUSY + b"." * min(FOREIGN, before) + line * (before // width))
    echo.feed(line * BUSY + b"ello" + line * BUSY)

    assert echo.pending == ""


def test_a_short_echo_in_a_flood_is_not_claimed():
    """Three letters are in any text."""
    assert play(">h", "h", ">ell", "y ell\r\n" * BUSY).pending == "ell"


@given(st.lists(st.binary(max_size=80), max_size=20), st.text(min_size=1, max_size=10))
def test_any_output_is_taken_and_little_of_it_kept(pieces: list[bytes], text: str):
    """Binary output breaks nothing, verifies at most what was sent, and is not hoarded."""
    echo = Echo()
    echo.expect(text.replace("\r", "") or "x")
    for piece in pieces:
        echo.feed(piece)
    echo.feed(b"z" * 100000)

    assert len(echo.misfit) <= KEPT
    assert isinstance(echo.verdict(), Verdict)


def test_the_first_text_on_a_line_is_the_prompt():
    """What stands before the cursor when a line begins is none of the echo's business."""
    assert play("login: ", ">root", "root").complete
    assert play(">a", "a", ">\r", "\r\nPassword: ", ">secret", "******").complete


STEPS_A_BYTE = 500
"""Lines of code for a byte that is a move of its own, with all that the move settles."""

COSTLY = {
    "blanks between colours": b"\n" + b" " * KEPT + b"\x1b[m " * 250,
    "stars between colours": b"\n" + b"*" * KEPT + b"\x1b[m*" * 250,
    "a redraw at every column": b"".join(b"\x1b[5;%dH      a" % n for n in range(1, 400)),
    "back to the beginning": b"\x1b[9999Da" * 500,
    "C1 controls": "a\x9f".encode() * 8000,
    "blanks, then moves": b"\r" + b" " * KEPT + b"\b " * 500,
}


@pytest.mark.parametrize("answer", COSTLY.values(), ids=COSTLY)
@pytest.mark.parametrize("size", [1 << 16, 3000, 1])
def test_no_answer_costs_more_than_a_bounded_number_of_steps_a_byte(answer: bytes, size: int):
    """Whatever a guest answers a paste with, in pieces of whatever size."""
    echo = play(">" + "ab " * 500, "ab " * 500, ">ab      ab    ab")

    for at in range(0, len(answer), size):
        piece = answer[at : at + size]
        assert steps(partial(echo.feed, piece)) <= STEPS_A_BYTE * len(piece)


def test_text_between_colours_is_compared_once():
    """A piece with a colour for each character takes little more than one without."""
    plain, coloured = play(">hello", "\n"), play(">hello", "\n")

    cheap = steps(lambda: plain.feed(b" " * 200))
    dear = steps(lambda: coloured.feed(b"\x1b[m ".join([b""] * 201)))

    assert dear - cheap < 200 * 30

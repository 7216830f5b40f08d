"""Properties of the keyboard: the bytes decide, never where a read ended (field trap T11)."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.terminal.escape import (
    KEY_PATIENCE,
    PASTE_MAX,
    PASTE_PATIENCE,
    SEQUENCE_MAX,
    SEQUENCE_PATIENCE,
    Answer,
    Key,
    Keyboard,
    MenuKey,
    Paste,
)


BEGIN, END = b"\x1b[200~", b"\x1b[201~"

PIECES = st.one_of(
    st.sampled_from(
        [
            BEGIN, END, END[:3], b"\x1d", b"\x1b", b"\x1b[", b"\x1b[A", b"\x1bOP", b"\x1b[[A",
            b"\x1b[93;5u", b"\x1b[12;1R", b"\x1b[?62;4c", b"\x1b]11;rgb:0/0/0\x07",
            b"\x1bP1+r\x1b\\", b"\x1b]x", b"hello",
            b"\x1b]" + b"x" * SEQUENCE_MAX,
        ]
    ),
    st.binary(max_size=4),
)  # fmt: skip
INPUT = st.lists(PIECES, max_size=12).map(b"".join)


def tokens(*pieces: bytes) -> list[Any]:
    """Feed the pieces, then wait until nothing more comes."""
    keyboard = Keyboard()
    got = [token for piece in pieces for token in keyboard.feed(piece)]
    return got + keyboard.expire()


def typed(got: list[object]) -> bytes:
    return b"".join(token.data for token in got if isinstance(token, Key))


@given(INPUT, st.data())
def test_any_division_gives_the_same_tokens(data, draw):
    """However the bytes are cut into reads, the tokens are the same."""
    cuts = sorted(draw.draw(st.lists(st.integers(0, len(data)), max_size=10)))
    edges = [0, *cuts, len(data)]
    pieces = [data[begin:end] for begin, end in itertools.pairwise(edges)]

    assert tokens(data) == tokens(*pieces)


@given(INPUT)
def test_byte_by_byte(data):
    """A terminal that sends each byte by itself is understood as one that sends all at once."""
    assert tokens(data) == tokens(*(bytes((byte,)) for byte in data))


@given(st.binary(max_size=40).filter(lambda text: END not in text))
def test_a_paste_is_taken_as_it_is(text):
    """Nothing inside a paste is a key: no menu, no answer, no mark."""
    assert [Paste(text, len(text))] == tokens(BEGIN + text + END)


@given(INPUT)
def test_no_byte_is_lost(data):
    """Without pastes and menu keys, all that came goes on, in its order."""
    whole = (
        data.replace(BEGIN, b"").replace(END, b"").replace(b"\x1d", b"").replace(b"\x1b[93;5u", b"")
    )
    got = tokens(whole)
    if not any(isinstance(token, Paste | MenuKey) for token in got):  # made by joining the rest
        joined = b"".join(token.data for token in got)

        assert whole.replace(END, b"") == joined


@given(INPUT)
def test_marks_never_reach_the_guest(data):
    """No key carries the begin or the end of a paste."""
    keys = [token.data for token in tokens(data) if isinstance(token, Key)]

    assert not [key for key in keys if key in (BEGIN, END)]


@pytest.mark.parametrize("menu_key", [b"\x1d", b"\x1b[93;5u", b"\x1b[27;5;93~"])
def test_the_menu_key_in_all_its_encodings(menu_key):
    """Ctrl-] is found in the middle of a read, also after a guest changed the keyboard protocol."""
    assert [Key(b"a"), MenuKey(), Key(b"b")] == tokens(b"a" + menu_key + b"b")


def test_the_menu_key_cuts_a_sequence_short():
    """Ctrl-] works right behind an Escape, and inside what looked like a string."""
    assert [Key(b"\x1b"), MenuKey()] == tokens(b"\x1b\x1d")
    assert [Key(b"\x1b]ab"), MenuKey()] == tokens(b"\x1b]ab\x1d")


@pytest.mark.parametrize(
    "answer",
    [
        b"\x1b[24;80R", b"\x1b[?24;80;1R", b"\x1b[?62;4c", b"\x1b[>0;276;0c", b"\x1b[0n",
        b"\x1b[?13n",
        b"\x1b[8;24;80t", b"\x1b[2;1;1;128;128;1;0x", b"\x1b[?2026;2$y", b"\x1b[?0u",
        b"\x1b]11;rgb:0000/0000/0000\x1b\\", b"\x1b]10;rgb:f/f/f\x07", b"\x1bP1+r544e=78\x1b\\",
    ],
)  # fmt: skip
def test_answers(answer):
    """What a terminal says by itself is told from keys."""
    assert [Answer(answer)] == tokens(answer)


@pytest.mark.parametrize(
    "key",
    [
        b"\x1b", b"\x1bx", b"\x1b[A", b"\x1b[1;5A", b"\x1bOP", b"\x1b[15~", b"\x1b[[A", b"\x1b[I",
        b"\x1b[<0;1;1M", b"\x1b[Z", b"\x1b]",
    ],
)  # fmt: skip
def test_keys(key):
    """One key is one token, so that a menu is not left by half of an arrow key."""
    assert [Key(key)] == tokens(key)


def test_patience():
    """The caller waits for the rest of a key briefly, for the rest of a paste longer."""
    keyboard = Keyboard()

    assert keyboard.patience is None
    keyboard.feed(b"\x1b")
    assert keyboard.patience == KEY_PATIENCE
    keyboard.feed(b"[200")
    assert keyboard.patience == SEQUENCE_PATIENCE
    keyboard.feed(b"~text")
    assert keyboard.patience == PASTE_PATIENCE
    keyboard.feed(END)
    assert keyboard.patience is None


def test_a_paste_without_an_end_does_not_lock_the_menu_out():
    """When the rest of a paste never comes, what came is the paste, and keys are keys again."""
    keyboard = Keyboard()
    keyboard.feed(BEGIN + b"abc")

    assert [Paste(b"abc", 3)] == keyboard.expire()
    assert [MenuKey()] == keyboard.feed(b"\x1d")


@pytest.mark.parametrize("piece", [7, 4096, PASTE_MAX * 2])
@pytest.mark.parametrize("surplus", [0, 1, 3 * PASTE_MAX])
def test_a_huge_paste_is_counted_and_not_kept(surplus, piece):
    """A paste over the bound comes as its size only, and the memory stays bounded."""
    size = PASTE_MAX + surplus
    data = BEGIN + b"x" * size + END + b"k"
    keyboard = Keyboard()
    got = []
    for start in range(0, len(data), piece):
        got += keyboard.feed(data[start : start + piece])

        assert len(keyboard._held) <= PASTE_MAX + piece
    assert got == [Paste(b"" if surplus else b"x" * size, size), Key(b"k")]


@pytest.mark.parametrize(
    "sequence",
    [
        b"\x1d",
        b"\x1b[93;5u",  # kitty, and xterm with formatOtherKeys
        b"\x1b[93;69u",  # with Caps Lock
        b"\x1b[93;133u",  # with Num Lock
        b"\x1b[93;197u",  # with both
        b"\x1b[93;5:1u",  # with what became of it: pressed, held
        b"\x1b[93;133:2u",
        b"\x1b[93:125;6u",  # with the shifted key, and with the one of a US keyboard
        b"\x1b[93::93;5u",
        b"\x1b[93;5;29u",  # with its text
        b"\x1b[1098::93;5u",  # of a Russian keyboard
        b"\x1b[1098:1066:93;197:1u",
        b"\x1b[53;5u",  # Ctrl-5, which is the same byte
        b"\x1b[27;133;53~",
        b"\x1b[221;27;29;1;8;1_",  # Windows
        b"\x1b[221;27;29;1;168;_",
        b"\x1b[;;29;1;8_",
        b"\x1b[27;5;93~",  # xterm's modifyOtherKeys
        b"\x1b[27;69;93~",
        b"\x1b[27;6;125~",
    ],
)
def test_the_menu_key_in_every_encoding(sequence):
    """Whatever a guest switched the keyboard to, and whichever lock is on, the way out is there."""
    assert [MenuKey()] == tokens(sequence)


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        (b"\x1b[93;5:3u", []),
        (b"\x1b[93;7u", [Key(b"\x1b[93;7u")]),
        (b"\x1b[93;1u", [Key(b"\x1b[93;1u")]),
        (b"\x1b[93:125:57;5u", [MenuKey()]),
        (b"\x1b[57::53;5u", [Key(b"\x1b[57::53;5u")]),
        (b"\x1b[221;27;29;0;8;1_", []),
        (b"\x1b[221;27;93;1;0;1_", [Key(b"\x1b[221;27;93;1;0;1_")]),
        (b"\x1b[17;29;0;1;8;1_", [Key(b"\x1b[17;29;0;1;8;1_")]),
        (b"\x1b[94;5u", [Key(b"\x1b[94;5u")]),
    ],
)
def test_what_is_not_the_menu_key(sequence, expected):
    """Its release says nothing to the guest; with Alt, without Ctrl, and beside it are keys."""
    assert expected == tokens(sequence)

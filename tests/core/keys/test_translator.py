"""From a terminal's bytes to the guest's, key by key, wherever the bytes are split."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.keys.keys import NAMES, SAC_HINT, Key, Modifier, Profile, encode, parse
from com1d.core.keys.translator import ESC_HOLD, MAX_SEQUENCE, Hint, Translator, Write
from com1d.errors import Unsupported


AFTER = ESC_HOLD + 0.001

# What xterm.js sends, and what becomes of it in the profile vt-utf8; at SAC all are dropped.
VECTORS = [
    ("1b 5b 41", "1b 5b 41"),
    ("1b 5b 42", "1b 5b 42"),
    ("1b 5b 43", "1b 5b 43"),
    ("1b 5b 44", "1b 5b 44"),
    ("1b 4f 41", "1b 5b 41"),
    ("1b 5b 48", "1b 68"),
    ("1b 5b 46", "1b 6b"),
    ("1b 5b 32 7e", "1b 2b"),
    ("1b 5b 33 7e", "1b 2d"),
    ("1b 5b 35 7e", "1b 3f"),
    ("1b 5b 36 7e", "1b 2f"),
    ("1b 4f 50", "1b 31"),
    ("1b 4f 51", "1b 32"),
    ("1b 4f 52", "1b 33"),
    ("1b 4f 53", "1b 34"),
    ("1b 5b 31 35 7e", "1b 35"),
    ("1b 5b 31 37 7e", "1b 36"),
    ("1b 5b 31 38 7e", "1b 37"),
    ("1b 5b 31 39 7e", "1b 38"),
    ("1b 5b 32 30 7e", "1b 39"),
    ("1b 5b 32 31 7e", "1b 30"),
    ("1b 5b 32 33 7e", "1b 21"),
    ("1b 5b 32 34 7e", "1b 40"),
    ("1b 5b 31 3b 35 43", "1b 03 1b 5b 43"),
    ("1b 5b 31 39 3b 32 7e", "1b 13 1b 38"),
    ("1b 5b 31 3b 36 48", "1b 13 1b 03 1b 68"),
]
HEX = [(bytes.fromhex(sent), bytes.fromhex(wanted)) for sent, wanted in VECTORS]
AS_IS = [
    b"\x1b",
    b"\t",
    b"\r",
    b"\x01",
    b"\x1a",
    b"\x1bx",
    b"\x1b\t",
    "é€🙂".encode(),
    b"\x08",
    b"a",
]


def translate(data: bytes, profile: Profile, cuts: tuple[int, ...] = ()) -> list:
    """Feed data, split at the cuts, and let all time pass; join what is written."""
    translator, commands = Translator(profile), []
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    for begin, end in pairwise(places):
        commands += translator.feed(data[begin:end], 0.0)
    commands += translator.expire(AFTER)
    assert translator.deadline() is None
    return commands


def written(commands: list) -> bytes:
    """Join what goes to the port."""
    return b"".join(c.data for c in commands if isinstance(c, Write))


@pytest.mark.parametrize(("sent", "wanted"), HEX)
def test_each_key_of_a_terminal_becomes_the_guests_own(sent: bytes, wanted: bytes):
    """The table of keys, byte for byte: untouched, translated, and dropped with a hint."""
    assert [Write(sent)] == translate(sent, Profile.XTERM)
    assert [Write(wanted)] == translate(sent, Profile.VT_UTF8)
    assert [Hint(SAC_HINT)] == translate(sent, Profile.SAC)


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("sent", AS_IS)
def test_what_is_no_editing_key_passes_as_it_is(sent: bytes, profile: Profile):
    """Escape, Tab, Enter, Ctrl and Alt with a letter, and text are the same everywhere."""
    assert [Write(sent)] == translate(sent, profile)


@pytest.mark.parametrize("profile", [Profile.VT_UTF8, Profile.PCANSI, Profile.SAC])
def test_backspace_is_bs_where_del_is_delete(profile: Profile):
    """Terminals send DEL for Backspace; Windows and firmware take that for something else."""
    assert [Write(b"a\x08b")] == translate(b"a\x7fb", profile)
    assert [Write(b"a\x7fb")] == translate(b"a\x7fb", Profile.XTERM)


keys = st.builds(
    Key, st.sampled_from(NAMES), st.sampled_from([Modifier(bits) for bits in range(8)])
)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x1b\x7f\x03"))


def sendable(key: Key) -> bool:
    """Whether a terminal has a sequence for the key."""
    try:
        return encode(key, Profile.XTERM).startswith((b"\x1b[", b"\x1bO"))
    except Unsupported:
        return False


@given(
    st.lists(keys.filter(sendable) | texts, max_size=12),
    st.lists(st.integers(0, 300), max_size=12).map(tuple),
)
def test_keys_among_text_are_translated_wherever_they_are_split(typed: list, cuts: tuple[int, ...]):
    """Any mixture of text and keys, cut anywhere, gives the same text with the guest's keys."""
    sent = b"".join(t.encode() if isinstance(t, str) else encode(t, Profile.XTERM) for t in typed)
    wanted = b"".join(
        t.encode() if isinstance(t, str) else encode(t, Profile.VT_UTF8) for t in typed
    )

    assert wanted == written(translate(sent, Profile.VT_UTF8, cuts))
    assert sent == written(translate(sent, Profile.XTERM, cuts))


@given(st.binary(max_size=100), st.lists(st.integers(0, 100), max_size=8).map(tuple))
def test_any_bytes_come_out_the_same_for_any_split(data: bytes, cuts: tuple[int, ...]):
    """What becomes of arbitrary input does not depend on how it arrives."""
    for profile in Profile:
        assert written(translate(data, profile)) == written(translate(data, profile, cuts))


@given(
    st.lists(keys.filter(sendable) | texts, max_size=12),
    st.lists(st.integers(0, 300), max_size=12).map(tuple),
)
def test_at_sac_only_the_text_arrives(typed: list, cuts: tuple[int, ...]):
    """Whatever keys are pressed in between, and wherever they are cut, SAC gets the text alone."""
    sent = b"".join(t.encode() if isinstance(t, str) else encode(t, Profile.XTERM) for t in typed)
    text = "".join(t for t in typed if isinstance(t, str))

    assert text.encode() == written(translate(sent, Profile.SAC, cuts))


@pytest.mark.parametrize("sent", [b"\x1b[\r", b"\x1b[1;\x1b", b"\x1bO\r", b"\x1bO\x1b"])
def test_a_broken_sequence_leaves_no_letters_at_sac(sent: bytes):
    """Its beginning is dropped with a hint; what broke it stays."""
    assert [Hint(SAC_HINT), Write(sent[-1:])] == translate(sent, Profile.SAC)
    assert sent == written(translate(sent, Profile.VT_UTF8))


def test_a_lone_escape_waits_50_ms_and_no_more():
    """It is let go at its deadline, counted from when it came."""
    translator = Translator(Profile.VT_UTF8)

    assert [] == translator.feed(b"\x1b", 3.0)
    assert translator.deadline() == 3.0 + ESC_HOLD
    assert [] == translator.expire(3.0 + ESC_HOLD / 2)
    assert [Write(b"\x1b")] == translator.expire(3.0 + ESC_HOLD)
    assert translator.deadline() is None


def test_a_late_timer_does_not_join_what_time_has_parted():
    """An Escape, and long after it a bracket, are two keys also if the timer never ran."""
    translator = Translator(Profile.SAC)
    translator.feed(b"\x1b", 0.0)

    assert [Write(b"\x1b[A")] == translator.feed(b"[A", 1.0)


def test_with_xterm_nothing_waits():
    """Where nothing is translated, an ESC goes out at once."""
    translator = Translator(Profile.XTERM)

    assert [Write(b"\x1b")] == translator.feed(b"\x1b", 0.0)
    assert translator.deadline() is None


def test_a_profile_that_changes_lets_go_of_what_was_held():
    """The guest's state may change between two bytes of a key."""
    translator = Translator(Profile.VT_UTF8)
    translator.feed(b"\x1b", 0.0)

    translator.profile = Profile.XTERM
    assert [Write(b"\x1b[A")] == translator.feed(b"[A", 0.01)


def test_an_unfinished_sequence_at_sac_is_dropped():
    """Letting it go would leave its letters in the line."""
    assert [Hint(SAC_HINT)] == translate(b"\x1b[1;", Profile.SAC)
    assert [Write(b"\x1b[1;")] == translate(b"\x1b[1;", Profile.VT_UTF8)


def test_a_sequence_without_end_is_not_held_for_ever():
    """What is longer than any key passes."""
    data = b"\x1b[" + b"1" * MAX_SEQUENCE

    assert [Write(data)] == Translator(Profile.VT_UTF8).feed(data, 0.0)


@pytest.mark.parametrize(
    "answer", [b"\x1b[24;80R", b"\x1b[?1;2c", b"\x1b[<0;3;4M", b"\x1b[1;99H", b"\x1b[2H", b"\x1bOx"]
)
def test_a_terminals_answer_to_the_guest_passes(answer: bytes):
    """Only keys are translated; at SAC, which asks nothing, an answer would be typed."""
    assert [Write(answer)] == translate(answer, Profile.VT_UTF8)
    assert [Hint(SAC_HINT)] == translate(answer, Profile.SAC)


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (b"\x1b[1~", "Home"), (b"\x1b[4~", "End"), (b"\x1b[7~", "Home"), (b"\x1b[8~", "End"),
        (b"\x1b[11~", "F1"), (b"\x1b[14~", "F4"), (b"\x1b[Z", "Shift-Tab"), (b"\x1bOH", "Home"),
        (b"\x1b[1;10A", "Shift-Up"),
    ],
)  # fmt: skip
def test_other_terminals_spellings_are_known(sent: bytes, name: str):
    """The Linux console, rxvt, PuTTY and older xterms spell some keys differently."""
    assert [Write(encode(parse(name), Profile.VT_UTF8))] == translate(sent, Profile.VT_UTF8)


def test_firmware_without_f11_says_so():
    """A key that PC-ANSI has not is left out, since its bytes would leave the page."""
    hint = Hint("F11 has no code in the key profile pcansi")

    assert [Write(b"a"), hint, Write(b"b")] == translate(b"a\x1b[23~b", Profile.PCANSI)


def test_a_held_key_hints_once():
    """Forty repeats of an arrow key in one read are one hint."""
    assert [Hint(SAC_HINT)] == translate(b"\x1b[A" * 40, Profile.SAC)


@pytest.mark.parametrize(
    ("typed", "wanted"),
    [
        (b"restart\x03", b"restart" + b"\x08" * 7),
        (b"rest\x7f\x7f\x03", b"rest\x08\x08\x08\x08"),
        (b"\x7f\x7f\x7fab\x03", b"\x08\x08\x08ab\x08\x08"),
        (b"ch\rcmd\x03", b"ch\rcmd\x08\x08\x08"),
        (b"\x03", b""),
        (b"ab\x03\x03c\x03", b"ab\x08\x08c\x08"),
        (b"ab\tc\x03", b"ab\tc\x08\x08\x08"),
        (b"ab\x1b\t\x03", b"ab\x1b\t\x08\x08"),
    ],
)
def test_ctrl_c_at_sac_takes_back_the_line(typed: bytes, wanted: bytes):
    """SAC would run the half-typed line; so it is erased, character by character."""
    translator = Translator(Profile.SAC)
    keys = [typed[at : at + 1] for at in range(len(typed))]
    by_key = [command for key in keys for command in translator.feed(key, 0.0)]

    assert wanted == written(translate(typed, Profile.SAC))
    if b"\x1b" not in typed:
        assert wanted == written(by_key)


@given(st.text(st.sampled_from("abc \x7f\x08\t\r\x1b"), max_size=60))
def test_ctrl_c_leaves_nothing_of_any_line(typed: str):
    """Played to SAC's own line discipline, Ctrl-C empties the line and never ends it."""
    sent = written(translate(typed.encode() + b"\x03", Profile.SAC))

    line: list[int] = []
    for byte in sent:
        if byte == 0x08:
            line = line[:-1]
        elif byte == 0x0D:
            line = []
        elif byte >= 0x20:
            line.append(byte)
    assert line == []
    assert sent.count(b"\r") == typed.count("\r")


def test_ctrl_c_counts_what_was_pasted_and_typed_before_sac_was_known():
    """The line is followed in every profile, and a paste is told of."""
    translator = Translator(Profile.XTERM)
    translator.feed(b"re", 0.0)
    translator.wrote(b"start")

    translator.profile = Profile.SAC
    assert [Write(b"\x08" * 7)] == translator.feed(b"\x03", 0.0)


def test_ctrl_c_after_binary_input_is_bounded():
    """A megabyte without a line end does not become a megabyte of backspaces."""
    translator = Translator(Profile.SAC)
    translator.wrote(b"x" * 1000000)

    assert [Write(b"\x08" * 1024)] == translator.feed(b"\x03", 0.0)


def test_keys_by_name_are_pressed_together_or_not_at_all():
    """One key without a code refuses the request, before anything is sent."""
    translator = Translator(Profile.VT_UTF8)

    assert b"\x1b8\x1b0\r" == translator.press(map(parse, ["F8", "F10", "Enter"]))
    translator.profile = Profile.PCANSI
    with pytest.raises(Unsupported):
        translator.press(map(parse, ["Enter", "F12"]))
    translator.profile = Profile.XTERM
    assert translator.press([parse("Backspace")]) == b"\x7f"
    translator.wrote(b"restart")
    translator.profile = Profile.SAC
    assert b"\x08" * 7 == translator.press([parse("Ctrl-C")])

"""A paste: counted, cleaned, accepted whole or refused whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.paste import paste
from com1d.errors import BadRequest, PasteTooLong


anything = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\r\n\t\x1b\x7f\x9b"))


@given(anything)
def test_cleaned_text_has_no_control_character_but_cr_and_tab(text: str):
    """Whatever is pasted, what is left has no LF, ESC, DEL, C1 or other C0 in it."""
    cleaned = paste.clean(text)

    assert [] == [c for c in cleaned if c not in "\r\t" and (c < " " or "\x7f" <= c <= "\x9f")]


@given(anything)
def test_cleaning_takes_nothing_else_and_keeps_the_order(text: str):
    """Printable characters, tabs and line ends all arrive, in their order."""
    kept = text.replace("\r\n", "\r").replace("\n", "\r")
    kept = "".join(c for c in kept if c in "\r\t" or " " <= c < "\x7f" or c > "\x9f")

    assert kept == paste.clean(text)


@given(anything)
def test_cleaning_twice_changes_nothing_more(text: str):
    """A cleaned text is clean, at the SAC prompt too."""
    assert paste.clean(paste.clean(text)) == paste.clean(text)
    assert paste.clean(paste.clean(text), at_sac=True) == paste.clean(text, at_sac=True)


def test_no_paste_carries_the_firmware_reset():
    """`ESC R ESC r ESC R` would reset the firmware; without its ESC it is three letters."""
    assert paste.prepare("\x1bR\x1br\x1bR", 10).data == b"RrR"


@pytest.mark.parametrize(
    ("text", "characters"),
    [("", 0), ("abc", 3), ("a\nb", 3), ("a\r\nb", 3), ("a\r\n\nb\r", 5), ("🙂é", 2), ("\r\n", 1)],
)
def test_characters_are_code_points_with_crlf_as_one(text: str, characters: int):
    """The count is what a person would count, whatever the bytes."""
    assert characters == paste.count(text)


@given(st.text(st.sampled_from("a🙂\r\n"), min_size=1, max_size=30), st.integers(1, 30))
def test_accepted_up_to_the_limit_and_refused_whole_above(text: str, limit: int):
    """The limit is inclusive, and above it nothing at all comes back."""
    if paste.count(text) <= limit:
        assert paste.clean(text) == paste.prepare(text, limit).text
    else:
        with pytest.raises(PasteTooLong):
            paste.prepare(text, limit)


def test_a_refusal_names_the_count_and_the_limit():
    """A user is told both numbers, in the sentence and in the JSON."""
    with pytest.raises(PasteTooLong, match="2049 characters, the limit is 2048") as refused:
        paste.prepare("é" * 2049, 2048)

    assert (2049, 2048) == (refused.value.extra["characters"], refused.value.extra["limit"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\x1b\x07", "no character to send"),
        ("ab\0c", "character 3 of the paste is a NUL"),
        ("ab\udc80", r"character 3 of the paste is the lone surrogate U\+DC80"),
    ],
)
def test_what_is_no_text_is_a_bad_request(text: str, said: str):
    """Nothing, only controls, binary and half a surrogate pair: refused, with the reason."""
    with pytest.raises(BadRequest, match=said):
        paste.prepare(text, 100)


def test_bytes_that_are_not_utf8_are_refused_with_their_place():
    """The first wrong byte is named, and where it is."""
    with pytest.raises(BadRequest, match="byte 3 is 0xff"):
        paste.decode(b"ab\xffcd")


@given(anything)
def test_utf8_bytes_give_their_text(text: str):
    """What is UTF-8 is decoded as it is."""
    assert text == paste.decode(text.encode())


def test_tab_is_a_blank_at_sac_only():
    """SAC answers a TAB with a bell and drops it."""
    assert (b"a\tb", b"a b") == (
        paste.prepare("a\tb", 10).data,
        paste.prepare("a\tb", 10, at_sac=True).data,
    )


@pytest.mark.parametrize(
    ("text", "at_sac", "warnings"),
    [
        ("dir\r\n", False, []),
        ("x" * 200, False, []),
        ("x" * 77, True, []),
        ("one\ntwo\n", False, ["2 lines"]),
        ("\x1b[1mone\x07", False, ["Left out 2 control characters."]),
        ("one\x07", False, ["Left out 1 control character."]),
        ("dir\n" + "x" * 78, True, ["2 lines", "Line 2 is 78 characters long"]),
    ],
)
def test_warnings_say_what_the_guest_will_make_of_it(text: str, at_sac: bool, warnings: list[str]):
    """Several lines, controls left out, and lines that SAC cannot hold are each said once."""
    given = paste.prepare(text, 300, at_sac=at_sac).warnings

    assert len(warnings) == len(given)
    assert all(part in warning for part, warning in zip(warnings, given, strict=True))


def test_what_was_left_out_is_counted():
    """Line ends that became one CR are not counted as left out."""
    assert paste.prepare("a\r\nb\x07\x08", 10).stripped == 2

"""Telnet: what the far end asks for is answered once, and the console's bytes come out whole."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.stream.telnet import (
    BINARY,
    BREAK_OFF,
    BREAK_ON,
    COM_PORT,
    ECHO,
    NO_GO_AHEAD,
    REPLIES_MAX,
    SET_BAUDRATE,
    Code,
    EndlessNegotiationError,
    Telnet,
    command,
)


QEMU = bytes.fromhex("fffb01 fffb03 fffb00 fffd00")
"""What QEMU's `-serial telnet:` begins with: WILL echo, no go-aheads and binary; DO binary."""

TERMINAL_TYPE, WINDOW_SIZE = 24, 31


def said(*words):
    """Write a negotiation: pairs of verb and option."""
    return b"".join(bytes((Code.IAC, verb, option)) for verb, option in words)


def answers(*asked):
    """Give what is answered to each, one after the other."""
    telnet = Telnet()
    given_ = []
    for words in asked:
        telnet.receive(words)
        given_.append(bytes(telnet.replies))
        telnet.replies.clear()
    return given_


def test_qemu_is_understood():
    """Its options are agreed to, and no byte of them is console output."""
    telnet = Telnet()

    text = telnet.receive(QEMU + b"SeaBIOS")

    assert b"SeaBIOS" == text
    assert said(
        (Code.DO, ECHO), (Code.DO, NO_GO_AHEAD), (Code.DO, BINARY), (Code.WILL, BINARY)
    ) == bytes(telnet.replies)


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ((Code.DO, TERMINAL_TYPE), (Code.WONT, TERMINAL_TYPE)),
        ((Code.DO, WINDOW_SIZE), (Code.WONT, WINDOW_SIZE)),
        ((Code.WILL, TERMINAL_TYPE), (Code.DONT, TERMINAL_TYPE)),
        ((Code.DO, ECHO), (Code.WONT, ECHO)),
        ((Code.WILL, ECHO), (Code.DO, ECHO)),
        ((Code.DO, COM_PORT), (Code.WILL, COM_PORT)),
    ],
)
def test_what_we_do_not_do_is_declined(asked, answer):
    """Every request gets an answer, so that the far end does not wait for one."""
    assert [said(answer)] == answers(said(asked))


@pytest.mark.parametrize("verb", [Code.WONT, Code.DONT])
def test_what_is_off_already_is_not_answered(verb):
    """An answer to an answer would never end (RFC 1143)."""
    assert [b""] == answers(said((verb, ECHO)))


def test_what_is_on_already_is_not_answered():
    """The second request changes nothing."""
    on = said((Code.WILL, ECHO))

    assert [said((Code.DO, ECHO)), b""] == answers(on, on)


def test_the_answer_to_our_own_question_is_not_answered():
    """We asked for binary and for the serial port; yes and no both end there."""
    telnet = Telnet()
    telnet.begin()
    telnet.replies.clear()

    telnet.receive(said((Code.DO, BINARY), (Code.WILL, BINARY), (Code.DO, COM_PORT)))
    telnet.receive(said((Code.WONT, NO_GO_AHEAD)))

    assert b"" == bytes(telnet.replies)
    assert telnet.controls_port


def test_two_of_us_agree_and_fall_silent():
    """Both ask at once, as clients never should; it ends after one round all the same."""
    left, right = Telnet(), Telnet()
    left.begin()
    right.begin()
    rounds = 0
    while left.replies or right.replies:
        words, left.replies = bytes(left.replies), bytearray()
        assert b"" == right.receive(words)
        words, right.replies = bytes(right.replies), bytearray()
        assert b"" == left.receive(words)
        rounds += 1

    assert 2 >= rounds


@pytest.mark.parametrize(
    ("sent", "received"),
    [
        (b"a\xff\xffb", b"a\xffb"),
        (b"a\xff\xfa\x2c\x65\x01\xff\xff\x02\xff\xf0b", b"ab"),
        (b"a\xff\xf1b\xff\xf9c", b"abc"),
        (b"login\r\0\r\n", b"login\r\r\n"),
        (b"\0\0$ ", b"\0\0$ "),
    ],
    ids=["doubled", "suboption", "no operation, go ahead", "CR NUL", "filler"],
)
def test_what_is_no_console_output_is_taken_out(sent, received):
    """Commands, suboptions and the NUL behind a CR are telnet's; all else is the guest's."""
    assert received == Telnet().receive(sent)


def test_binary_has_no_padding():
    """Where the far end sends binary, a NUL behind a CR is the guest's, and so is ours."""
    telnet = Telnet()
    telnet.receive(said((Code.WILL, BINARY), (Code.DO, BINARY)))

    assert b"\r\0" == telnet.receive(b"\r\0")
    assert b"a\r\xff\xff" == telnet.send(b"a\r\xff")


def test_enter_is_padded_without_binary():
    """RFC 854: a CR alone is followed by NUL."""
    assert b"ls\r\0" == Telnet().send(b"ls\r")


def test_a_break_is_held_where_the_port_can_be_controlled():
    """Else telnet's own BREAK, whose length is the far end's."""
    telnet = Telnet()
    plain = telnet.hold_break(on=True), telnet.hold_break(on=False)
    telnet.receive(said((Code.DO, COM_PORT)))
    held = telnet.hold_break(on=True), telnet.hold_break(on=False)

    assert (b"\xff\xf3", b"") == plain
    assert (bytes((255, 250, 44, 5, BREAK_ON, 255, 240)),) == held[:1]
    assert bytes((255, 250, 44, 5, BREAK_OFF, 255, 240)) == held[1]


def test_values_are_escaped():
    """A rate whose bytes contain 255 is doubled there (RFC 2217, section 3)."""
    assert bytes((255, 250, 44, 1, 0, 0, 255, 255, 0, 255, 240)) == command(
        SET_BAUDRATE, (0xFF00).to_bytes(4)
    )


def test_who_asks_without_end_is_left():
    """Answers that nobody reads are bounded."""
    telnet = Telnet()
    flood = said((Code.DO, WINDOW_SIZE)) * (REPLIES_MAX // 3 + 1)

    with pytest.raises(EndlessNegotiationError):
        telnet.receive(flood)


@given(st.binary(max_size=200), st.integers(1, 9), st.booleans())
def test_any_split_gives_the_same(data, size, binary):
    """Where the network cuts the stream changes neither the text nor the answers."""
    whole, parts = Telnet(), Telnet()
    for telnet in (whole, parts):
        if binary:
            telnet.receive(said((Code.WILL, BINARY)))
    text = b"".join(parts.receive(data[at : at + size]) for at in range(0, len(data), size))

    assert whole.receive(data) == text
    assert whole.replies == parts.replies


@given(st.binary(max_size=200), st.booleans())
def test_what_is_sent_arrives(data, binary):
    """What one end sends, the other receives, byte for byte."""
    ours, theirs = Telnet(), Telnet()
    if binary:
        ours.receive(said((Code.DO, BINARY)))
        theirs.receive(said((Code.WILL, BINARY)))

    assert data == theirs.receive(ours.send(data))

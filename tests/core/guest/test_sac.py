"""Conversations with SAC, held with the simulated guest, and what is dangerous there."""

from datetime import UTC, datetime

import pytest

from com1d.core.guest.dialogue import Dialogue, Done, Failed, Talk
from com1d.core.guest.sac import (
    LINE_MAX,
    Channel,
    channels,
    close,
    dangerous,
    list_channels,
    lock,
    next_channel,
    open_cmd,
    switch,
)
from com1d.core.paste.delivery import Send
from com1d.errors import BadRequest
from com1d.ports.demo import Guest


SAC = Channel(0, "SAC", active=True, raw=False)
CMD1 = Channel(1, "Cmd0001", active=True, raw=False)
CMD2 = Channel(2, "Cmd0002", active=True, raw=False)


class Desk:
    """A user at the simulated guest, who types and has conversations held."""

    def __init__(self) -> None:
        self.guest = Guest(0.0, datetime(2026, 11, 22, tzinfo=UTC))
        self.now = 0.0
        self.sent = b""
        self.wait(3.0)

    def wait(self, until: float) -> bytes:
        """Let time pass; give what was printed."""
        printed = b""
        while (due := self.guest.deadline()) is not None and due <= until:
            printed += self.guest.tick(due)
        self.now = until
        return printed

    def type(self, keys: bytes) -> str:
        """Press keys; give what they print."""
        return self.guest.handle(keys, self.now).decode()

    def hold(self, talk: Talk, pieces: int = 7) -> Done | Failed:
        """Have a conversation, with the guest's output in small pieces; give its end."""
        dialogue = Dialogue(talk)
        commands = dialogue.begin(self.now)
        while True:
            end = [command for command in commands if not isinstance(command, Send)]
            sent = b"".join(command.data for command in commands if isinstance(command, Send))
            self.sent += sent
            printed = self.guest.handle(sent, self.now)
            if end:
                assert dialogue.over
                return end[0]
            commands = []
            for at in range(0, len(printed), pieces):
                commands += dialogue.guest_spoke(printed[at : at + pieces], self.now)
            if not commands and (due := dialogue.deadline()) is not None:
                commands = dialogue.guest_spoke(self.wait(due), self.now)
                commands += dialogue.expire(self.now)

    def done(self, talk: Talk) -> Done:
        """Have a conversation that comes to its end."""
        end = self.hold(talk)
        assert isinstance(end, Done)
        return end

    def channels(self) -> list[Channel]:
        """List the channels."""
        return channels(self.done(list_channels()).answer)


ANYWHERE = {
    "at the prompt": b"",
    "in a half-typed command": b"restart",
    "at a line that is full": b"x" * 100,
    "at a preview": b"cmd\rch -si 1\r",
    "at a login": b"cmd\rch -si 1\r ann",
    "in a Command Prompt": b"cmd\rch -si 1\r ann\r\rpw\rdir\r",
    "in the middle of a long list": b"?\r?\r?\r",
    "in a list of several pages": b"t\r" * 3 + b"d\r",
}


@pytest.mark.parametrize("where", ANYWHERE)
def test_the_way_to_the_prompt_begins_anywhere(where: str):
    """It ends at an empty line: what was half typed is gone, and was not run."""
    desk = Desk()
    desk.type(ANYWHERE[where])

    assert desk.done(list_channels())
    assert desk.type(b"xyz").endswith("xyz")
    assert "Unrecognized" in desk.type(b"\r")


@pytest.mark.parametrize("where", ANYWHERE)
def test_listing_channels(where: str):
    """The list is that of `ch`, wherever the user was."""
    desk = Desk()
    desk.type(ANYWHERE[where])
    expected = [SAC, CMD1] if b"cmd" in ANYWHERE[where] else [SAC]

    assert expected == desk.channels()


def test_opening_a_command_prompt_ends_at_the_question_for_a_user():
    """The new channel is shown, and nothing was typed into it."""
    desk = Desk()

    assert "Cmd0001" == desk.done(open_cmd()).name
    assert b"\x1b\t0" + b"\x08" * LINE_MAX + b"cmd\rch -sn Cmd0001\r\r" == desk.sent
    assert "ann" == desk.type(b"ann")
    assert "Cmd0002" == desk.done(open_cmd()).name
    assert [SAC, CMD1, CMD2] == desk.channels()


def test_switching_closing_and_going_on():
    """By name, in any case; the next channel is shown as a preview."""
    desk = Desk()
    desk.hold(open_cmd())
    desk.type(b"ann\r\rpw\r")

    assert "SAC" == desk.done(switch("SAC")).name
    assert "Channel List" in desk.type(b"ch\r")
    assert "cmd0001" == desk.done(switch("cmd0001")).name
    assert "Volume" in desk.type(b"dir\r")
    desk.hold(list_channels())
    assert "Cmd0001" == desk.done(next_channel()).name
    assert "Volume" in desk.type(b" ")
    assert "Cmd0001" == desk.done(close("Cmd0001")).name
    assert [SAC] == desk.channels()


def test_locking_asks_the_next_user_who_he_is():
    """A Command Prompt that was left open wants a login again."""
    desk = Desk()
    desk.type(b"cmd\rch -si 1\r ann\r\rpw\r")

    assert desk.done(lock())
    assert desk.sent.endswith(b"lock\r")
    desk.type(b"ch -si 1\r")
    assert "Username:" in desk.type(b" ")


def test_what_sac_refuses_is_told_in_its_words():
    """No such channel; no more channels."""
    desk = Desk()

    assert desk.hold(switch("Cmd0007")) == Failed(
        "SAC refused: Could not find a channel with that name", refused=True
    )
    assert desk.hold(close("SAC")) == Failed(
        "SAC refused: The SAC channel cannot be closed", refused=True
    )
    for _ in range(9):
        desk.hold(open_cmd())
    assert desk.hold(open_cmd()) == Failed(
        "SAC refused: The maximum number of channels has been reached", refused=True
    )


def test_a_guest_that_does_not_answer():
    """After a shutdown there is nobody."""
    desk = Desk()
    desk.type(b"shutdown\r")
    desk.wait(9.0)

    assert Failed("SAC did not show its prompt") == desk.hold(lock())
    assert desk.sent == b"\x1b\t0"


@pytest.mark.parametrize("name", ["", " ", "a\rrestart", "a\n", "é", "x" * 65, " a", "\x1b"])
def test_a_name_is_a_name(name: str):
    """What would end the line and begin a command is refused before anything is sent."""
    for talk in (switch, close):
        with pytest.raises(BadRequest, match="no name of a channel"):
            talk(name)


def test_a_list_of_channels_is_read():
    """Active or not, terminal or raw, padded or not; other lines are none."""
    text = (
        "# Status  Channel Name\n0 (AV)    SAC\n1 (IV)    Cmd0001       \n"
        "2 (AR)    my channel\n10 is no row\nSAC>"
    )

    assert channels(text) == [
        SAC,
        Channel(1, "Cmd0001", active=False, raw=False),
        Channel(2, "my channel", active=True, raw=True),
    ]


@pytest.mark.parametrize(
    ("line", "warned"),
    [
        ("restart", True), ("  RESTART ", True), ("shutdown", True), ("crashdump", True),
        ("k 4", True), ("K  1276", True), ("restart now", True),
        ("", False), ("  ", False), ("k", False), ("restarts", False), ("ch", False),
        ("lock", False),
        ("id", False), ("echo restart", False), ("l 4", False),
    ],
)  # fmt: skip
def test_what_does_harm_is_warned_of(line: str, warned: bool):
    """SAC asks nothing before it does these."""
    warning = dangerous(line)

    assert warned is (warning is not None)
    assert not warned or "SAC does not ask again" in str(warning)


@pytest.mark.parametrize(
    "line",
    ["# Status  Channel Name\n", "Name: x" + " " * 4000, "Channel: x" + " " * 4000, "SAC>\n"],
)
@pytest.mark.parametrize("talk", [list_channels, open_cmd, next_channel, lock])
def test_what_only_looks_like_an_answer_is_none(talk, line: str):
    """Heads of lists, names and prompts, a hundred times over: the conversation goes on."""
    dialogue = Dialogue(talk())
    dialogue.begin(0.0)
    dialogue.guest_spoke(b"\nSAC>", 0.0)
    dialogue.expire(1.0)
    for _ in range(100):
        assert [] == dialogue.guest_spoke((line * 100).encode(), 1.5)
    assert not dialogue.over

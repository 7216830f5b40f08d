"""The menu as a table of playbooks: keys in, wishes out."""

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.session.attachment import ACTIVE, OBSERVE
from com1d.frontends.terminal.entries import labels, lines, offered
from com1d.frontends.terminal.escape import Answer, Key, Keyboard, MenuKey, Paste, Token
from com1d.frontends.terminal.menu import Menu
from com1d.frontends.terminal.questions import SYSRQ_MAX, TEXT_MAX
from com1d.frontends.terminal.standing import Standing
from com1d.frontends.terminal.wishes import (
    Do,
    Grant,
    Hide,
    Hint,
    Info,
    Look,
    Note,
    PasteFile,
    PressKeys,
    Quit,
    Refresh,
    Sac,
    Say,
    SendPaste,
    Show,
    ShowLines,
    Stamp,
    Switch,
    SysRq,
    TellSize,
    Type,
    Who,
    WriteNote,
)  # fmt: skip


EVERYTHING = frozenset({"break", "keyboard", "nmi", "reset", "restart"})


def standing(mode: str = ACTIVE, **known: Any) -> Standing:
    """Give a console that can do everything, with others on it."""
    usual: dict[str, Any] = {
        "mode": mode,
        "can": EVERYTHING,
        "others": 1,
        "held": True,
        "role": "owner",
    }
    return Standing(**usual | known)


def no(key: str) -> Note:
    return Note(f"the menu has no {key} here; Ctrl-] ? shows what it has")


def play(keys: str, mode: str = ACTIVE, **known) -> list[object]:
    """Press keys, `^` for Ctrl-]; leave out what is drawn, erased and asked for that."""
    menu = Menu(mode)
    menu.now = standing(mode, **known)
    tokens = [MenuKey() if key == "^" else Key(key.encode()) for key in keys]
    wishes = [wish for token in tokens for wish in menu.handle(token)]
    return [wish for wish in wishes if not isinstance(wish, Show | Hide | Refresh)]


@pytest.mark.parametrize(
    ("keys", "wishes"),
    [
        ("^cc", [Sac("channels")]),
        ("^CO", [Sac("cmd")]),
        ("^cn", [Sac("next")]),
        ("^cxy", [no("x"), Type(b"y")]),
        ("^c^", []),
        ("^s", [no("s")]),
    ],
)
def test_sac_is_there_for_windows(keys, wishes):
    """Two keys do one thing, another one goes back; SysRq is Linux's, and SAC is not."""
    assert wishes == play(keys, windows=True)
    assert no("c") == play("^c")[0]


@pytest.mark.parametrize(
    ("keys", "wishes"),
    [
        ("a", [Type(b"a")]),
        ("^^", [Type(b"\x1d")]),
        ("^q", [Quit()]),
        ("^Q", [Quit()]),
        ("^nY", [Do("nmi")]),
        ("^ny", [Note("nmi not sent")]),
        ("^n\r", [Note("nmi not sent")]),
        ("^rY", [Do("reset")]),
        ("^rn", [Note("reset not sent")]),
        ("^eY", [Do("restart")]),
        ("^b", [Do("break")]),
        ("^sh\r", [SysRq("h")]),
        ("^sREI SUB\r", [SysRq("REISUB")]),
        ("^sx\x7fb\r", [SysRq("b")]),
        ("^s\r", [Note("SysRq not sent")]),
        ("^s\x1b", [Note("SysRq not sent")]),
        ("^sb\x03", [Note("SysRq not sent")]),
        ("^sb^", []),
        ("^kF8\r", [PressKeys("F8")]),
        ("^kDown \x15Ctrl-Alt-Delete\r", [PressKeys("Ctrl-Alt-Delete")]),
        ("^k\x1b", [Note("no key sent")]),
        ("^m is it you? \r", [Say("is it you?")]),
        ("^ldisk pulled\r", [WriteNote("disk pulled")]),
        ("^p~/setup.sh\r", [PasteFile("~/setup.sh")]),
        ("^/panic\r", [Look("panic")]),
        ("^v", [Look()]),
        ("^d", [Stamp()]),
        ("^n^", []),
        ("^o", [Switch(OBSERVE)]),
        ("^g", [no("g")]),
        ("^h", [Hint()]),
        ("^t", [no("t")]),
        ("^a", [no("a")]),
        ("^z", [no("z")]),
        ("^\x1b", []),
        ("^i ", [Info()]),
        ("^iq", [Info()]),
        ("^w ", [Who()]),
        ("^x", [no("x")]),
        ("^y", [no("y")]),
        ("^yx", [no("y"), Type(b"x")]),
        ("^!", [no("such key")]),
        ("^nYY", [Do("nmi"), Type(b"Y")]),
    ],
)
def test_playbook(keys, wishes):
    """Each sequence of keys means this, and only this reaches the guest or the daemon."""
    assert wishes == play(keys)


@pytest.mark.parametrize(
    ("keys", "wishes"),
    [
        ("^o", [no("o")]),
        ("^a", [Switch(ACTIVE)]),
        ("^x", [Switch(ACTIVE, ask=True)]),
        ("^b", [no("b")]),
        ("^^", []),
    ],
)
def test_an_observer_takes_over_or_asks(keys, wishes):
    """Observers have `a` and `x` instead of `o`, and nothing that types."""
    assert wishes == play(keys, OBSERVE)


def keys_of(now: Standing) -> str:
    return "".join(key for key in offered(now) if len(key) == 1)


@pytest.mark.parametrize(
    ("now", "keys"),
    [
        (standing(), "kbnrespowmlv/dhiq?"),
        (standing(windows=True), "kbnrecpowmlv/dhiq?"),
        (standing(asked_by="anna"), "gkbnrespowmlv/dhiq?"),
        (standing(can=frozenset(), others=0), "kpowlv/dhiq?"),
        (standing(connected=False), "nreowmlv/dhiq?"),
        (standing(logged=False), "kbnrespowmdhiq?"),
        (standing(at_shell=True, jobs=True), "kbnrestpowmlv/dhizq?"),
        (standing(at_shell=True, full_screen=True), "kbnrespowmlv/hiq?"),
        (standing(OBSERVE), "axnrewmlv/dhiq?"),
        (standing(OBSERVE, held=False), "anrewmlv/dhiq?"),
        (standing(OBSERVE, role="reader"), "wmv/dhiq?"),
    ],
)
def test_the_menu_has_what_can_be_done_now(now, keys):
    """And nothing else; what is not shown cannot be chosen."""
    assert keys == keys_of(now)
    assert len(labels(now)) == len(lines(now)) == len(offered(now))


def test_every_line_of_help_fits_a_terminal():
    """On 80 columns, for all that there is; who asks is named first."""
    now = standing(asked_by="root (anna)", windows=False, at_shell=True, jobs=True)
    assert "g hand over to root (anna)" == labels(now)[0]
    assert all(len(line) < 80 for line in lines(now))
    assert len(lines(standing(OBSERVE))) <= 22
    menu = Menu(ACTIVE)
    menu.now = now
    menu.handle(MenuKey())
    assert [ShowLines(lines(now))] == menu.handle(Key(b"?"))


def test_what_changes_while_the_menu_is_open_is_drawn():
    """And nothing is while it is closed."""
    menu = Menu(ACTIVE)
    assert [] == menu.refreshed()
    first, refresh = menu.handle(MenuKey())
    assert Refresh() == refresh
    menu.now = standing()
    assert [Show(labels(menu.now))] == menu.refreshed() != [first]


def test_arrow_keys_leave_the_menu_whole():
    """No half of a function key is typed into the guest."""
    menu = Menu(ACTIVE)
    menu.handle(MenuKey())

    assert [Hide(), no("such key")] == menu.handle(Key(b"\x1b[A"))


@pytest.mark.parametrize(
    ("after", "wishes", "asks"),
    [
        (Key(b"\r"), [Hide(), SendPaste(b"a\nb\n", 4)], True),
        (Key(b"a"), [Hide(), SendPaste(b"a\nb\n", 4)], False),
        (Key(b"x"), [Hide(), Note("nothing pasted")], True),
        (MenuKey(), [Hide()], True),
    ],
)
def test_a_paste_of_several_lines_is_asked_about(after, wishes, asks: bool):
    """Each line would run as it arrives; the question can be switched off."""
    menu, paste = Menu(ACTIVE), Paste(b"a\nb\n", 4)
    [show] = menu.handle(paste)
    assert "A paste of 2 lines: the guest acts on each." == show.parts[0]
    assert wishes == menu.handle(after)
    assert asks == isinstance(menu.handle(paste)[0], Show)


@pytest.mark.parametrize("text", [b"one", b"one\n", b""])
def test_a_paste_of_one_line_is_sent(text: bytes):
    """With its line end, and also one that was too long to be kept."""
    assert [SendPaste(text, len(text))] == Menu(ACTIVE).handle(Paste(text, len(text)))


def test_a_paste_while_the_menu_is_open():
    """It cannot be a choice, so it is discarded; into a question it is typed."""
    menu = Menu(ACTIVE)
    menu.now = standing()
    menu.handle(MenuKey())
    assert [Hide(), Note("a paste of 3 bytes was discarded: the menu was open")] == menu.handle(
        Paste(b"abc", 3)
    )
    menu.handle(MenuKey())
    menu.handle(Key(b"p"))
    [show] = menu.handle(Paste(b"/tmp/a b\nsecond", 15))
    assert "/tmp/a b_" == show.parts[1]
    assert [Hide(), PasteFile("/tmp/a b")] == menu.handle(Key(b"\r"))


def test_what_is_answered_has_its_limits():
    """More is not taken, and a letter of several bytes is erased as a whole."""
    assert [SysRq("a" * SYSRQ_MAX)] == play(f"^s{'a' * 20}\r")
    assert [Say("x" * TEXT_MAX)] == play(f"^m{'x' * 400}\r")
    menu = Menu(ACTIVE)
    menu.now = standing()
    tokens: list[Token] = [MenuKey(), Key(b"m"), *(Key(bytes((byte,))) for byte in "zoë".encode())]
    shown = [menu.handle(token) for token in tokens][-1]
    assert "zoë_" == shown[0].parts[1]
    [show] = menu.handle(Key(b"\x7f"))
    assert "zo_" == show.parts[1]


def test_the_terminals_answers_pass_whatever_is_open():
    """They are not the user's keys."""
    menu = Menu(ACTIVE)
    menu.handle(MenuKey())
    assert [Type(b"\x1b[1;1R")] == menu.handle(Answer(b"\x1b[1;1R"))


@given(st.lists(st.sampled_from([*"^nrsgqohcitakmlpvw/d?zeYyb \r\x1b\x7f"]), max_size=12))
def test_the_menu_always_closes(keys):
    """Whatever was pressed, Ctrl-] twice at most gives the keys back to the guest."""
    menu = Menu(ACTIVE)
    menu.now = standing(jobs=True, windows=True)
    for key in keys:
        menu.handle(MenuKey() if key == "^" else Key(key.encode()))
    if not menu.closed:
        menu.handle(MenuKey())
    assert menu.closed
    assert [Type(b"k")] == menu.handle(Key(b"k"))


def test_a_shell_is_told_the_size():
    """Only where there is one, and no program has its screen."""
    assert [TellSize()] == play("^t", at_shell=True)
    assert [Grant()] == play("^g", asked_by="anna")


@given(
    st.lists(st.sampled_from([b"\x1d", b"nY", b"q", b"sb\r", b"\x1b[A", b"x"]), max_size=8),
    st.data(),
)
def test_the_whole_keyboard_by_any_division(pieces, data):
    """From bytes to wishes, where a read ends makes no difference."""
    whole = b"".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=6)))

    def wishes(edges: list[int]) -> list[object]:
        keyboard, menu = Keyboard(), Menu(ACTIVE)
        menu.now = standing()
        tokens = [
            token
            for begin, end in itertools.pairwise(edges)
            for token in keyboard.feed(whole[begin:end])
        ]
        return [wish for token in tokens + keyboard.expire() for wish in menu.handle(token)]

    assert wishes([0, len(whole)]) == wishes([0, *cuts, len(whole)])


@given(st.binary(max_size=60))
def test_a_paste_alone_never_opens_the_menu(text):
    """Bytes from a paste become one paste, whatever they are, or the question about it."""
    keyboard, menu = Keyboard(), Menu(ACTIVE)
    menu.asks_before_pastes = False
    inside = text.replace(b"\x1b[201~", b"")
    tokens = keyboard.feed(b"\x1b[200~" + inside + b"\x1b[201~")

    assert [SendPaste(inside, len(inside))] == [w for token in tokens for w in menu.handle(token)]
    assert menu.closed


@pytest.mark.parametrize(
    ("keys", "wishes"),
    [
        ([b"\x1b[113u"], [Hide(), Quit()]),
        ([b"\x1b[93;5:3u", b"\x1b[57442;5:3u", b"\x1b[113;129:1u"], [Hide(), Quit()]),
        ([b"\x1b[110u", b"\x1b[57441;2u", b"\x1b[121;2u"], [Hide(), Do("nmi")]),
    ],
)
def test_keys_in_the_kitty_protocol_choose(keys, wishes):
    """A guest that asked for all keys in that form does not lock its user in."""
    menu = Menu(ACTIVE)
    menu.now = standing()
    menu.handle(MenuKey())
    given = [wish for key in keys for wish in menu.handle(Key(key)) if not isinstance(wish, Show)]

    assert wishes == given

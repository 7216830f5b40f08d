"""The menu as a table of playbooks: keys in, wishes out."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.frontends.session.attachment import ACTIVE, OBSERVE
from com1d.frontends.terminal.escape import Answer, Key, Keyboard, MenuKey, Paste
from com1d.frontends.terminal.menu import (
    SYSRQ_MAX,
    Do,
    Grant,
    Hide,
    Hint,
    Info,
    Menu,
    Note,
    Quit,
    Sac,
    SendPaste,
    Show,
    Switch,
    SysRq,
    TellSize,
    Type,
)  # fmt: skip


def entries(*, windows: bool) -> tuple[str, ...]:
    """Give what the menu shows when it opens."""
    menu = Menu(ACTIVE)
    menu.windows = windows
    [show] = menu.handle(MenuKey())
    return show.parts


def no(key: str) -> Note:
    return Note(f"the menu has no {key} here; Ctrl-] shows what it has")


def play(keys: str, mode: str = ACTIVE, *, windows: bool = False) -> list[object]:
    """Press keys, `^` for Ctrl-]; leave out what is drawn and erased."""
    menu = Menu(mode)
    menu.windows = windows
    tokens = [MenuKey() if key == "^" else Key(key.encode()) for key in keys]
    wishes = [wish for token in tokens for wish in menu.handle(token)]
    return [wish for wish in wishes if not isinstance(wish, Show | Hide)]


@pytest.mark.parametrize(
    ("keys", "wishes"),
    [
        ("^cc", [Sac("channels")]),
        ("^CO", [Sac("cmd")]),
        ("^cn", [Sac("next")]),
        ("^cxy", [no("x"), Type(b"y")]),
        ("^c^", []),
    ],
)
def test_sac_is_there_for_windows(keys, wishes):
    """Two keys do one thing, another one goes back; without Windows the first already does."""
    assert wishes == play(keys, windows=True)
    assert "c SAC" in entries(windows=True)
    assert "c SAC" not in entries(windows=False)
    assert Sac not in [*map(type, play(keys))]


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
        ("^sh\r", [SysRq("h")]),
        ("^sREISUB\r", [SysRq("REISUB")]),
        ("^sx\x7fb\r", [SysRq("b")]),
        ("^s\r", [Note("SysRq not sent")]),
        ("^s\x1b", [Note("SysRq not sent")]),
        ("^sb\x03", [Note("SysRq not sent")]),
        ("^sb^", []),
        ("^n^", []),
        ("^o", [Switch(OBSERVE)]),
        ("^g", [Grant()]),
        ("^h", [Hint()]),
        ("^t", [no("t")]),
        ("^a", [no("a")]),
        ("^\x1b", []),
        ("^i ", [Info()]),
        ("^iq", [Info()]),
        ("^x", [no("x")]),
        ("^xx", [no("x"), Type(b"x")]),
        ("^?", [no("such key")]),
        ("^nYY", [Do("nmi"), Type(b"Y")]),
    ],
)
def test_playbook(keys, wishes):
    """Each sequence of keys means this, and only this reaches the guest or the daemon."""
    assert wishes == play(keys)


@pytest.mark.parametrize(("keys", "wishes"), [("^o", [no("o")]), ("^a", [Switch(ACTIVE)])])
def test_an_observer_takes_over(keys, wishes):
    """Observers have `a` instead of `o`."""
    assert wishes == play(keys, OBSERVE)


def test_the_menu_names_what_can_be_done():
    """It lists the keys of `az serial-console` and the switch that fits the mode."""
    (shown,) = Menu(ACTIVE).handle(MenuKey())
    (observing,) = Menu(OBSERVE).handle(MenuKey())

    rest = ["h", "i", "q", "Ctrl-]"]
    assert [part.split()[0] for part in shown.parts] == ["n", "r", "s", "o", *rest]
    assert [part.split()[0] for part in observing.parts] == ["n", "r", "s", "a", *rest]


def test_arrow_keys_leave_the_menu_whole():
    """No half of a function key is typed into the guest."""
    menu = Menu(ACTIVE)
    menu.handle(MenuKey())

    assert [Hide(), no("such key")] == menu.handle(Key(b"\x1b[A"))


def test_pastes_never_choose():
    """A pasted `q` or `Y` neither quits nor confirms; with the menu open it is discarded."""
    menu = Menu(ACTIVE)

    assert [SendPaste(b"q", 1)] == menu.handle(Paste(b"q", 1))
    menu.handle(MenuKey())
    menu.handle(Key(b"n"))
    hide, note = menu.handle(Paste(b"Y", 1))
    assert isinstance(hide, Hide)
    assert isinstance(note, Note)
    assert "discarded" in note.text
    assert menu.closed


def test_answers_pass_by_the_menu():
    """What the terminal says is no key: it neither chooses nor closes."""
    menu = Menu(ACTIVE)
    menu.handle(MenuKey())

    assert [Type(b"\x1b[1;1R")] == menu.handle(Answer(b"\x1b[1;1R"))
    assert not menu.closed


def test_sysrq_is_bounded():
    """More keys than a sequence can have are not taken."""
    (wish,) = play("^s" + "a" * 100 + "\r")

    assert wish == SysRq("a" * SYSRQ_MAX)


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
        tokens = [
            token
            for begin, end in itertools.pairwise(edges)
            for token in keyboard.feed(whole[begin:end])
        ]
        return [wish for token in tokens + keyboard.expire() for wish in menu.handle(token)]

    assert wishes([0, len(whole)]) == wishes([0, *cuts, len(whole)])


@given(st.binary(max_size=60))
def test_a_paste_alone_never_opens_the_menu(text):
    """Bytes from a paste become one paste, whatever they are."""
    keyboard, menu = Keyboard(), Menu(ACTIVE)
    inside = text.replace(b"\x1b[201~", b"")
    tokens = keyboard.feed(b"\x1b[200~" + inside + b"\x1b[201~")

    assert [SendPaste(inside, len(inside))] == [w for token in tokens for w in menu.handle(token)]
    assert menu.closed


@pytest.mark.parametrize(
    ("mode", "wishes"), [(ACTIVE, [TellSize()]), (OBSERVE, [no("t")])], ids=["active", "observe"]
)
def test_a_shell_takes_the_terminals_size(mode, wishes):
    """Only there, and only the active session: elsewhere it would be typed at something else."""
    menu = Menu(mode)
    menu.at_shell = True
    menu.handle(MenuKey())

    assert [Hide(), *wishes] == menu.handle(Key(b"t"))


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
    menu.handle(MenuKey())
    given = [wish for key in keys for wish in menu.handle(Key(key)) if not isinstance(wish, Show)]

    assert wishes == given


def test_who_is_asked_can_hand_over():
    """The entry comes first, and says to whom."""
    menu = Menu(ACTIVE)
    menu.asked_by = "anna"
    (shown,) = menu.handle(MenuKey())

    assert "g hand over to anna" == shown.parts[0]
    assert [Hide(), Grant()] == menu.handle(Key(b"g"))

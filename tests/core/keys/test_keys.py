"""Keys by name and their bytes, from the tables of MS-VUVP, xterm and EDK2."""

import pytest

from com1d.core.keys.keys import NAMES, Key, Modifier, Profile, encode, parse, resolve
from com1d.errors import BadRequest, Unsupported


# Name, xterm, vt-utf8 (MS-VUVP 2.2.1), pcansi (EDK2 TerminalConIn.c).
TABLE = [
    ("Up", "1b 5b 41", "1b 5b 41", "1b 5b 41"),
    ("Down", "1b 5b 42", "1b 5b 42", "1b 5b 42"),
    ("Right", "1b 5b 43", "1b 5b 43", "1b 5b 43"),
    ("Left", "1b 5b 44", "1b 5b 44", "1b 5b 44"),
    ("Home", "1b 5b 48", "1b 68", "1b 5b 48"),
    ("End", "1b 5b 46", "1b 6b", "1b 5b 46"),
    ("Insert", "1b 5b 32 7e", "1b 2b", "1b 5b 4c"),
    ("Delete", "1b 5b 33 7e", "1b 2d", "1b 5b 58"),
    ("PageUp", "1b 5b 35 7e", "1b 3f", "1b 5b 49"),
    ("PageDown", "1b 5b 36 7e", "1b 2f", "1b 5b 47"),
    ("F1", "1b 4f 50", "1b 31", "1b 5b 4d"),
    ("F2", "1b 4f 51", "1b 32", "1b 5b 4e"),
    ("F3", "1b 4f 52", "1b 33", "1b 5b 4f"),
    ("F4", "1b 4f 53", "1b 34", "1b 5b 50"),
    ("F5", "1b 5b 31 35 7e", "1b 35", "1b 5b 51"),
    ("F6", "1b 5b 31 37 7e", "1b 36", "1b 5b 52"),
    ("F7", "1b 5b 31 38 7e", "1b 37", "1b 5b 53"),
    ("F8", "1b 5b 31 39 7e", "1b 38", "1b 5b 54"),
    ("F9", "1b 5b 32 30 7e", "1b 39", "1b 5b 55"),
    ("F10", "1b 5b 32 31 7e", "1b 30", "1b 5b 56"),
    ("F11", "1b 5b 32 33 7e", "1b 21", None),
    ("F12", "1b 5b 32 34 7e", "1b 40", None),
    ("Enter", "0d", "0d", "0d"),
    ("Escape", "1b", "1b", "1b"),
    ("Tab", "09", "09", "09"),
    ("Backspace", "7f", "08", "08"),
    ("Ctrl-Right", "1b 5b 31 3b 35 43", "1b 03 1b 5b 43", None),
    ("Shift-F8", "1b 5b 31 39 3b 32 7e", "1b 13 1b 38", None),
    ("Shift-Ctrl-Home", "1b 5b 31 3b 36 48", "1b 13 1b 03 1b 68", None),
    ("Alt-F4", "1b 5b 31 3b 33 53", "1b 01 1b 34", None),
    ("Shift-Ctrl-Alt-Up", "1b 5b 31 3b 38 41", "1b 13 1b 03 1b 01 1b 5b 41", None),
    ("Ctrl-Alt-Delete", "1b 5b 33 3b 37 7e", "1b 03 1b 01 1b 2d", None),
    ("Shift-Tab", "1b 5b 5a", "1b 13 09", None),
    ("Ctrl-Backspace", "08", "1b 03 08", None),
    ("Alt-Backspace", "1b 7f", "1b 01 08", None),
    ("Alt-Enter", "1b 0d", "1b 01 0d", None),
    ("Ctrl-Enter", None, "1b 03 0d", None),
    ("Ctrl-C", "03", "03", "03"),
    ("Ctrl-]", "1d", "1d", "1d"),
]
ROWS = [
    (name, profile, code)
    for name, *codes in TABLE
    for profile, code in zip((Profile.XTERM, Profile.VT_UTF8, Profile.PCANSI), codes, strict=True)
]


@pytest.mark.parametrize(("name", "profile", "code"), ROWS)
def test_every_key_has_the_bytes_of_the_tables(name: str, profile: Profile, code: str | None):
    """Each key in each profile, byte for byte; where there is no code, that is said."""
    if code is not None:
        assert bytes.fromhex(code) == encode(parse(name), profile)
    else:
        with pytest.raises(Unsupported, match=f"{name} has no code in the key profile {profile}"):
            encode(parse(name), profile)


def test_the_tables_leave_no_key_out():
    """Every key name is in the table above."""
    assert set(NAMES) == {name for name, *_ in TABLE if "-" not in name}


@pytest.mark.parametrize(
    ("name", "code"),
    [("Enter", b"\r"), ("Escape", b"\x1b"), ("Tab", b"\t"), ("Backspace", b"\x08")],
)
def test_at_the_sac_prompt_characters_have_their_code(name: str, code: bytes):
    """What is a single character works at SAC."""
    assert code == encode(parse(name), Profile.SAC)


@pytest.mark.parametrize("name", [*NAMES[:-4], "Shift-Tab", "Alt-Enter", "Ctrl-Right"])
def test_at_the_sac_prompt_editing_keys_have_none(name: str):
    """Their bytes would leave letters in the command line, whatever the encoding."""
    with pytest.raises(Unsupported, match="This key has no effect at the SAC prompt"):
        encode(parse(name), Profile.SAC)


@pytest.mark.parametrize("name", ["f8", "F8", "shift-F8", "SHIFT-CTRL-f8", "ctrl-shift-F8"])
def test_names_are_read_in_any_case_and_order(name: str):
    """What is read is written back in the one spelling."""
    assert str(parse(name)).lower() in {name.lower(), "shift-ctrl-f8"}


def test_a_name_is_a_key_with_its_modifiers():
    """The prefixes add up."""
    assert Key("Home", Modifier.SHIFT | Modifier.CTRL) == parse("Ctrl-Shift-Home")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("F13", "unknown key 'F13'; did you mean F3 or F1 or F12?"),
        ("PgUp", "unknown key 'PgUp'; did you mean PageUp or Up"),
        ("Ctrl-Del", "unknown key 'Ctrl-Del'; did you mean Ctrl-Delete"),
        ("CtrlAltDel", "unknown key 'CtrlAltDel'; did you mean Ctrl-Alt-Delete"),
        ("Control+F9", "unknown key 'Control+F9'; did you mean Ctrl-F9"),
        ("Esc", "unknown key 'Esc'; did you mean Escape"),
        ("Hyper", "unknown key 'Hyper'; keys are F1 to F12, Up,"),
        ("", "unknown key ''; keys are"),
        ("\0", r"unknown key '\x00'; keys are"),
        ("é", r"unknown key '\xe9'; keys are"),
        ("x", "unknown key 'x'; keys are"),
        ("Shift-x", "unknown key 'Shift-x'; keys are"),
        ("Ctrl-", "unknown key 'Ctrl-'; keys are"),
        ("Ctrl-" * 100000, "unknown key 'ctrl-ctrl-ctrl-"),
    ],
)
def test_an_unknown_key_is_named_with_what_was_meant(name: str, said: str):
    """The answer names the key, printable and short, and the closest names or all of them."""
    with pytest.raises(BadRequest) as refused:
        parse(name)

    assert refused.value.detail.startswith(said)
    assert len(refused.value.detail) < 250
    assert "PROTOCOL" not in refused.value.as_json()["remedy"]


@pytest.mark.parametrize(
    ("configured", "guest", "state", "profile"),
    [
        ("auto", "auto", "unknown", Profile.XTERM),
        ("auto", "auto", "boot-menu", Profile.XTERM),
        ("auto", "linux", "login", Profile.XTERM),
        ("auto", "windows", "unknown", Profile.VT_UTF8),
        ("auto", "windows", "blank", Profile.VT_UTF8),
        ("auto", "windows", "boot-menu", Profile.VT_UTF8),
        ("auto", "auto", "cmd", Profile.VT_UTF8),
        ("auto", "auto", "powershell", Profile.VT_UTF8),
        ("auto", "auto", "cmd-login", Profile.VT_UTF8),
        ("auto", "auto", "sac-channel", Profile.VT_UTF8),
        ("auto", "linux", "powershell", Profile.XTERM),
        ("auto", "auto", "sac", Profile.SAC),
        ("auto", "windows", "sac", Profile.SAC),
        ("xterm", "windows", "sac", Profile.SAC),
        ("auto", "linux", "sac", Profile.XTERM),
        ("xterm", "windows", "cmd", Profile.XTERM),
        ("vt-utf8", "linux", "login", Profile.VT_UTF8),
        ("pcansi", "auto", "unknown", Profile.PCANSI),
    ],
)
def test_the_profile_follows_settings_and_guest(configured, guest, state, profile: Profile):
    """What is configured holds, `auto` follows the guest, and SAC overrules both."""
    assert profile is resolve(configured, guest, state)

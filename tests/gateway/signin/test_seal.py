"""The seal of cookies, and its key."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.gateway.settings.config import DEFAULT_URL
from com1d.gateway.signin.ended import Ended
from com1d.gateway.signin.seal import Seal, SealKeyError, key_of
from com1d.gateway.signin.signins import COOKIE_BYTES, SignIns
from com1d.gateway.signin.user import User


SEAL = Seal(b"k" * 32)
SEALED = SEAL.close("sign-in", {"name": "anna"}, 100.0)


def test_what_was_sealed_comes_back():
    """With its kind and before its end, and not after."""
    assert {"name": "anna", "kind": "sign-in", "exp": 100.0} == SEAL.open("sign-in", SEALED, 99.0)
    assert SEAL.open("sign-in", SEALED, 100.0) is None
    assert SEAL.open("oidc", SEALED, 99.0) is None
    assert Seal(b"l" * 32).open("sign-in", SEALED, 99.0) is None
    assert "anna" not in SEALED


@pytest.mark.parametrize("group", ["group-of-people-", "Gruppe-für-Größen-", "用户组-"])
def test_a_cookie_is_one_that_browsers_keep(tmp_path, group):
    """As many groups as fit are kept, whatever they are called."""
    signins = SignIns(SEAL, DEFAULT_URL, 3600, Ended(tmp_path / "seal.ended", 0.0))
    user = User("n" * 256, tuple(f"{group}{number}" for number in range(500)))

    signin, sealed = signins.begin(user, "oidc", 0.0)

    assert len(sealed) <= COOKIE_BYTES
    assert signin.user.groups == user.groups[: len(signin.user.groups)]
    assert len(signin.user.groups) > 50


@given(st.integers(0, len(SEALED) - 1), st.sampled_from("AZaz09-_."))
def test_an_edited_seal_is_none(at, letter):
    """Whatever letter is changed, nothing comes back, or the very same."""
    edited = SEALED[:at] + letter + SEALED[at + 1 :]

    opened = SEAL.open("sign-in", edited, 99.0)

    assert opened is None or opened == SEAL.open("sign-in", SEALED, 99.0)


@given(st.text(max_size=100))
def test_any_text_is_looked_at(text):
    """What a browser sends as its cookie may be anything."""
    assert SEAL.open("sign-in", text, 0.0) is None


def test_a_key_is_made_once(tmp_path):
    """The first start makes it, for its owner alone; the next one finds it."""
    path = tmp_path / "seal.key"

    key = key_of(path)

    assert (32, 0o600) == (len(key), path.stat().st_mode & 0o777)
    assert key == key_of(path)


@pytest.mark.parametrize("spoil", ["short", "open", "link", "fifo", "folder", "nowhere"])
def test_a_key_that_is_none(tmp_path, spoil):
    """One that others may read, that is no plain file or not whole: refused with the reason."""
    path = tmp_path / "seal.key"
    match spoil:
        case "short":
            path.touch(0o600)
        case "open":
            path.write_bytes(bytes(32))
            path.chmod(0o640)
        case "link":
            (tmp_path / "real").write_bytes(bytes(32))
            (tmp_path / "real").chmod(0o600)
            path.symlink_to(tmp_path / "real")
        case "fifo":
            os.mkfifo(path, 0o600)
        case "folder":
            path.mkdir(0o700)
        case "nowhere":
            path = tmp_path / "none" / "seal.key"

    with pytest.raises(SealKeyError, match=r"seal\.key"):
        key_of(path)

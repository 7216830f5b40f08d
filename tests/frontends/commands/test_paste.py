"""Pastes: what is asked for, what is refused, and long texts in parts."""

import io
import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE
from com1d.frontends.cli import main
from com1d.frontends.session.texts import PASTE_BYTES, split
from frontends.asking import ask


texts = st.text(st.sampled_from("ab\r\n\t\u00e4\U0001f600"), max_size=200)


@given(texts, st.integers(2, 50))
def test_parts_are_the_text_and_fit(text: str, limit: int):
    """Nothing is lost or doubled, no part is over the limit, and no CRLF is cut in two."""
    parts = split(text, limit)

    assert text == "".join(parts)
    assert all(len(part) <= limit for part in parts)
    assert not any(one.endswith("\r") and other.startswith("\n") for one, other in pairwise(parts))


@given(st.lists(st.text("ab", max_size=9), max_size=20))
def test_lines_stay_whole_where_they_can(lines: list[str]):
    """A part ends behind a line end wherever one is within the limit."""
    parts = split("".join(f"{line}\n" for line in lines), 10)

    assert all(part.endswith("\n") for part in parts if part)


@pytest.mark.parametrize(
    ("options", "answer", "code", "said"),
    [
        ([], {"sent": 5, "verified": 0}, EX_OK, "5 characters sent to a"),
        (
            ["--verify"],
            {"sent": 5, "verified": 5},
            EX_OK,
            "5 characters sent to a, 5 of them echoed by the guest",
        ),
        (
            ["--verify"],
            {"sent": 5, "verified": 3},
            EX_FAILURE,
            "5 characters sent to a, 3 of them echoed by the guest",
        ),
    ],
)
def test_paste(run_dir, capsys, tmp_path, options, answer, code, said):
    """A file is pasted as it is; what was to be verified and could not be is a failure."""
    (tmp_path / "text").write_text("Zoë\r\n")
    arguments = ["paste", "a", str(tmp_path / "text"), *options]
    body = {"text": "Zoë\r\n", "verify": bool(options)}

    done = ask(run_dir, *arguments, answer=json.dumps(answer).encode())
    assert done == (code, "POST /v1/consoles/a/paste", body)
    assert capsys.readouterr().out == f"{said}\n"


def test_paste_from_stdin(run_dir, monkeypatch):
    """Without a file the text comes from standard input."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"hostname\n")))
    _, _, body = ask(run_dir, "paste", "a", answer=b'{"sent": 9, "of": 9}')

    assert body == {"text": "hostname\n", "verify": False}


def test_a_paste_reaches_a_real_guest(daemon, guest):
    """The text from standard input arrives, with CR for its line ends."""
    done = daemon.run("paste", guest.name, input=b"hostname\n")

    guest.gets(b"hostname\r")
    assert (done.returncode, done.stdout) == (
        EX_OK,
        f"9 characters sent to {guest.name}\n".encode(),
    )


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff", "is not UTF-8 at byte 0"),
        (b"x" * (PASTE_BYTES + 1), f"has more than {PASTE_BYTES} bytes"),
        (None, "No such file or directory"),
    ],
)
def test_what_cannot_be_pasted(capsys, tmp_path, content, why):
    """A text that is no text is refused before the daemon is asked."""
    if content is not None:
        (tmp_path / "text").write_bytes(content)
    code = main(["--socket", "/nowhere", "paste", "a", str(tmp_path / "text")])

    assert code == EX_USAGE
    assert why in capsys.readouterr().err

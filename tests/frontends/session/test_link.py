"""Requests over the daemon's socket, and the words for everything that can go wrong there."""

import json
import socket
import subprocess
import sys
from types import SimpleNamespace

import pytest

from com1d.errors import EX_FAILURE, EX_NOPERM, EX_TEMPFAIL, EX_UNAVAILABLE
from com1d.frontends.session.link import (
    ClientError,
    Link,
    UnreachableError,
    default_socket,
    refused,
    why_unreachable,
)
from frontends.double import answering, response


def test_the_real_daemon_answers(daemon):
    """A GET gives the JSON that the daemon sent."""
    consoles = Link(daemon.socket).get("/v1/consoles")["consoles"]

    assert {"g0", "g1"} < {console["name"] for console in consoles}


def test_the_real_daemon_refuses(daemon):
    """A problem keeps its code, its words and its exit code."""
    with pytest.raises(ClientError) as caught:
        Link(daemon.socket).get("/v1/consoles/nobody")

    assert caught.value.code == "not-found"
    assert caught.value.exit_code == EX_FAILURE
    assert caught.value.as_line().startswith("com1: not-found: There is no such console")
    assert "\n" not in caught.value.as_line()


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        response(b"no json"),
        response(b'{"consoles": [', length=100),
        response(b"<html>", "404 Not Found"),
        response(b"[]", "500 Internal Server Error"),
    ],
)
def test_who_is_no_com1d(run_dir, answer):
    """Whatever else listens there ends in one error, code 69, that says so."""
    with answering(run_dir / "s", answer), pytest.raises(UnreachableError) as caught:
        Link(str(run_dir / "s")).get("/v1/consoles")

    assert caught.value.exit_code == EX_UNAVAILABLE
    assert caught.value.as_line().startswith("com1: unreachable: com1d cannot be reached. ")


def test_nobody_there(run_dir):
    """No socket, and a socket that nobody listens at, are told apart."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(run_dir / "dead"))

    for name, words in (("none", "there is no"), ("dead", "nobody listens")):
        with pytest.raises(UnreachableError, match=words):
            Link(str(run_dir / name)).get("/v1/consoles")


def test_a_daemon_that_hangs(run_dir):
    """Who never answers is given up."""
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(run_dir / "s"))
        listener.listen()

        with pytest.raises(UnreachableError, match="no answer"):
            Link(str(run_dir / "s")).post("/v1/enable", patience=0.05)


def test_a_socket_that_is_not_ours():
    """The file mode that keeps the user out is reported as forbidden, with what to ask for."""
    error = why_unreachable("/run/s", PermissionError())

    assert error.exit_code == EX_NOPERM
    assert error.as_line() == (
        "com1: forbidden: You may not open com1d's socket. /run/s. "
        "An administrator: usermod -aG SOCKET_GROUP USER, and a [[roles]] entry; then sign in anew"
    )


def test_a_question_keeps_its_mark_alone():
    """What is proposed ends as a question, and no full stop follows it."""
    members = {"code": "x", "detail": "unknown key 'F13'; did you mean F3?", "remedy": "A."}
    error = ClientError(members, EX_FAILURE)

    assert error.as_line() == "com1: x: unknown key 'F13'; did you mean F3? A"


def test_nobody_is_sent_into_the_group_root(monkeypatch, run_dir):
    """Where the socket is root's, it wants a group of its own first."""
    (run_dir / "s").touch()
    monkeypatch.setattr("grp.getgrgid", lambda _: SimpleNamespace(gr_name="root"))

    said = why_unreachable(str(run_dir / "s"), PermissionError()).as_line()
    assert 'groupadd com1, socket_group = "com1" in com1d.toml, usermod -aG com1 USER' in said


def test_a_log_that_breaks_off(run_dir):
    """Half an answer is an error: nothing is lost silently."""
    link, got = Link(str(run_dir / "s")), []
    with answering(run_dir / "s", response(b"half", length=8)):
        with pytest.raises(UnreachableError, match="broke off"), link.stream("/log") as (pieces, _):
            got.extend(pieces)

    assert got == [b"half"]


def test_a_whole_log(run_dir):
    """A stream gives the body and the headers."""
    link = Link(str(run_dir / "s"))
    with answering(run_dir / "s", response(b"whole")), link.stream("/log") as (pieces, head):
        assert b"".join(pieces) == b"whole"
        assert head["Content-Length"] == "5"


def test_known_and_unknown_problems():
    """The exit code is that of the problem; one of a later daemon still has its words."""
    busy = refused(409, json.dumps({"code": "busy", "title": "Busy"}).encode())
    odd = refused(418, b'{"code": "teapot", "title": "Short\\u001b[2J", "detail": "stout"}')

    assert busy.exit_code == EX_TEMPFAIL
    assert odd.exit_code == EX_FAILURE
    assert odd.as_line() == "com1: teapot: Short\\x1b[2J. stout"
    assert odd.brief == "teapot: stout"


def test_which_socket(monkeypatch):
    """The environment names the socket, or it is the packaged one."""
    monkeypatch.delenv("COM1_SOCKET", raising=False)
    assert default_socket() == "/run/com1d/com1d.sock"
    monkeypatch.setenv("COM1_SOCKET", "/elsewhere")
    assert default_socket() == "/elsewhere"


def test_quick_to_import():
    """One-shot commands do not wait for what only sessions need."""
    code = "import sys, com1d.frontends.commands.list, com1d.frontends.cli; print(*sys.modules)"
    loaded = set(subprocess.check_output([sys.executable, "-c", code], text=True).split())

    assert "com1d.frontends.commands.list" in loaded
    assert not loaded & {"asyncio", "websockets", "rich"}

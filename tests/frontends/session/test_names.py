"""Consoles named by their scale set and a number."""

from argparse import Namespace

import pytest

from com1d.errors import EX_FAILURE
from com1d.frontends.session.link import ClientError, Link
from com1d.frontends.session.names import meant
from frontends.asking import ask


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (b"", 1, "com1: not-found: There is no instance 3 of web, or you may not see it. "),
        (b'{"name": "a"}, {"name": "b"}', 64, "com1: bad-request: a, b are all instance 3 of web"),
    ],
)
def test_an_instance_that_is_not_one_console(run_dir, capsys, answer, code, said):
    """None and several are errors, and say what to do."""
    given, asked, _ = ask(
        run_dir, "status", "web", "--instance", "3", answer=b'{"consoles": [%s]}' % answer
    )

    assert (code, "GET /v1/consoles?set=web&instance=3") == (given, asked)
    assert capsys.readouterr().err.startswith(said)


CONSOLES = [
    {"name": "web01", "set": "web"}, {"name": "web02", "set": "web"}, {"name": "lin01"},
    {"name": "DB1"},
]  # fmt: skip


@pytest.fixture
def refuse(monkeypatch):
    """Give what is said of a name that the daemon did not find, among `CONSOLES`."""
    monkeypatch.setattr(Link, "get", lambda _link, _path: {"consoles": CONSOLES})
    refusal = ClientError({"code": "not-found", "title": "None", "detail": "long"}, EX_FAILURE)

    def ask(name: str, verb: str = "status") -> str:
        options = Namespace(name=name, verb=verb, socket="/nowhere")
        try:
            return meant(options, refusal)
        except ClientError as error:
            return error.as_line()

    return ask


@pytest.mark.parametrize(
    ("name", "verb", "said"),
    [
        ("lin", "status", "lin01"),
        ("lin", "log", "lin01"),
        ("lin", "reset", "There is no console 'lin' that you may see. Did you mean lin01?"),
        (
            "web0",
            "status",
            "There is no console 'web0' that you may see. Did you mean web01 or web02?",
        ),
        ("web", "status", "web is a scale set. Say which one of it: --instance N"),
        ("wb01", "status", "There is no console 'wb01' that you may see. Did you mean web01"),
        ("db1", "status", "There is no console 'db1' that you may see. Did you mean DB1?"),
        ("zzz", "status", "There is no console 'zzz' that you may see. See `com1 list`"),
        ("lin01", "log", "com1: not-found: long"),
    ],
)
def test_a_name_that_was_not_found(refuse, name, verb, said):
    """The beginning of one name is enough to look; else those that are meant are proposed."""
    assert said in refuse(name, verb)


def test_the_beginning_of_a_name(daemon):
    """A real daemon's console is found by it, and a wrong name is told shortly."""
    assert EX_FAILURE == daemon.run("status", "g").returncode
    wrong = daemon.run("send", "reset", "gg7")

    assert b"Did you mean g7" in wrong.stderr

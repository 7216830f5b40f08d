"""Consoles named by their scale set and a number."""

import pytest

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

"""`com1 list`: what it asks, and what it makes of the answer."""

from frontends.asking import ask


def test_list(run_dir, capsys):
    """Consoles come as a table; none at all is said, but not on stdout."""
    ask(run_dir, "list", answer=b'{"consoles": [{"name": "a\\u001b", "connected": true}]}')
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == ["a\\x1b", "up"]
    (run_dir / "s").unlink()
    ask(run_dir, "list", answer=b'{"consoles": []}')
    nothing = capsys.readouterr()

    assert nothing.out == ""
    assert nothing.err == "There is no console that you may see.\n"


def test_a_list_of_one_set(run_dir):
    """The daemon is asked for no more than what is wanted."""
    asked = ask(run_dir, "list", "--set", "we b", answer=b'{"consoles": [{}]}')[1]

    assert asked == "GET /v1/consoles?set=we+b"


def test_the_logs_of_earlier_vms(run_dir, capsys):
    """As a table of the names that `com1 log` takes, of which there may be none."""
    answer = b'{"logs": [{"name": "100.1-1", "bytes": 7, "until": null}]}'
    assert "GET /v1/logs" == ask(run_dir, "list", "--logs", answer=answer)[1]
    assert ["100.1-1", "7", "-"] == capsys.readouterr().out.splitlines()[1].split()
    (run_dir / "s").unlink()
    ask(run_dir, "list", "--logs", answer=b'{"logs": []}')
    assert "no log of an earlier VM" in capsys.readouterr().err

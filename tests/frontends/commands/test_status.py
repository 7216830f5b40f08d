"""`com1 status`: a sheet, or the daemon's JSON."""

import json

from com1d.frontends.cli import main
from frontends.asking import ask
from frontends.double import response, serving


def test_status(run_dir, capsys):
    """One console comes as a sheet, or as the daemon's JSON."""
    with serving(run_dir / "t", b"", response(b'{"name": "a"}')):
        assert not main(["--socket", str(run_dir / "t"), "status", "a"])
    assert "name:     a\n" in capsys.readouterr().out
    assert ask(run_dir, "status", "a", "--json", answer=b'{"name": "a"}')[1] == (
        "GET /v1/consoles/a"
    )
    assert json.loads(capsys.readouterr().out) == {"name": "a"}


def test_a_real_console(daemon, guest):
    """The sheet of a console has its boot, and who is on; and a name is needed."""
    done = daemon.run("status", guest.name)
    assert b"boot:       0, since " in done.stdout or b"boot:       0" in done.stdout
    assert b"active:     nobody" in done.stdout
    assert daemon.run("status").returncode

"""`com1 status`: a sheet, or the daemon's JSON."""

import json

from frontends.asking import ask


def test_status(run_dir, capsys):
    """One console comes as a sheet, or as the daemon's JSON."""
    assert ask(run_dir, "status", "a", answer=b'{"name": "a"}')[1] == "GET /v1/consoles/a"
    assert capsys.readouterr().out.startswith("name:    a\n")
    (run_dir / "s").unlink()
    ask(run_dir, "status", "a", "--json", answer=b'{"name": "a"}')
    assert json.loads(capsys.readouterr().out) == {"name": "a"}

"""What the gateway refuses by itself."""

import re
from pathlib import Path

from com1d.errors import PROBLEMS, Problem
from com1d.gateway import problems


PROTOCOL = Path(__file__).parents[2] / "daemon" / "PROTOCOL.md"
OWN = {
    kind.code: kind.status
    for kind in Problem.__subclasses__()
    if kind.__module__ == problems.__name__
}


def test_each_is_documented_and_no_code_of_the_daemon():
    """PROTOCOL.md has every code with its status, and a page never takes one for the daemon's."""
    section = PROTOCOL.read_text().partition("## The browser gateway")[2].partition("\n## ")[0]
    documented = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", section, re.MULTILINE)

    assert OWN == {code: int(status) for code, status in documented}
    assert not OWN.keys() & PROBLEMS.keys()

"""Names of VMs as hypervisors give them, and what they are as consoles."""

import hashlib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.config.alias import console_name
from com1d.config.settings.names import CONSOLE_NAME, demand_name


UUID = "11111111-1111-4111-8111-111111111111"


def vm_name(console):
    """Read a name back, as the documents say."""
    text = console[1:] if console.startswith("x_x") else console
    return re.sub("_x([0-9a-f]{1,6})_", lambda match: chr(int(match[1], 16)), text)


@pytest.mark.parametrize("name", ["web01", "a.b-c_d", "100", "my_x", "x", "a" * 63])
def test_a_name_that_a_console_may_have_is_kept(name):
    """Nothing changes where nothing has to."""
    assert name == console_name(name)


@pytest.mark.parametrize(
    ("name", "console"),
    [
        ("debian 12", "debian_x20_12"),
        ("win(2019)", "win_x28_2019_x29_"),
        ("_build", "x_x5f_build"),
        ("k\u012bm", "k_x12b_m"),
        ("c++ @home", "c_x2b__x2b__x20__x40_home"),
        ("a_x20_b", "a_x5f_x20_b"),
        ("web.observe", "web_x2e_observe"),
        (f"web.{UUID}", f"web_x2e_{UUID}"),
    ],
)
def test_other_characters_are_escaped(name, console):
    """By their code points, between underscores."""
    assert (console, name) == (console_name(name), vm_name(console))


@pytest.mark.parametrize(
    "name", [hashlib.sha256(b"a sandbox").hexdigest(), "vm.example.org." * 9, "\u043c" * 40]
)
def test_a_long_name_ends_with_its_hash(name):
    """Two VMs with one beginning stay two consoles."""
    names = {console_name(name), console_name(name + "2")}
    assert [2, 63, 63] == [len(names), *map(len, names)]


@given(st.text(min_size=1, max_size=20).filter(str.isprintable))
def test_every_printable_name_is_a_console_and_can_be_read_back(name):
    """Unless it is so long that it ends with a hash."""
    console = console_name(name)
    demand_name(console)
    assert CONSOLE_NAME.fullmatch(console)
    assert len(console) == 63 or name == vm_name(console)

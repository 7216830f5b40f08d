"""Named sets of settings: who is like whom, what counts, and mistakes in it."""

import pytest

from com1d.config import ConsoleConfig, PortAddress, assemble, sources
from com1d.config.templates import DEEPEST
from com1d.errors import ConfigError


def source(text, file="com1d.toml"):
    return sources.parse(text.encode(), file)


def problems(*texts):
    """Give the lines that refuse these files."""
    with pytest.raises(ConfigError) as refusal:
        assemble([source(text, f"{number}") for number, text in enumerate(texts)])
    return str(refusal.value).splitlines()


def test_a_console_is_like_its_template():
    """Its own table counts first, then the later template, the earlier one, and [defaults]."""
    text = """
        [defaults]
        port = "demo:"
        baud = 50
        paste_limit = 1
        guest = "linux"
        keys = "pcansi"
        [templates.line]
        port = "serial:/dev/{name}"
        baud = 9600
        paste_limit = 2
        guest = "windows"
        [templates.lab]
        baud = 300
        paste_limit = 3
        [consoles.a]
        like = ["line", "lab"]
        paste_limit = 4
        [consoles.b]
        like = ["lab", "line"]
        [consoles.c]
    """
    consoles = assemble([source(text)]).consoles

    expected = ConsoleConfig(
        "a", PortAddress("serial", "/dev/a"), baud=300, paste_limit=4,
        guest="windows", keys="pcansi",
    )  # fmt: skip
    assert expected == consoles["a"]
    assert (9600, 2) == (consoles["b"].baud, consoles["b"].paste_limit)
    assert (50, 1, "linux") == (consoles["c"].baud, consoles["c"].paste_limit, consoles["c"].guest)


def test_a_template_is_like_another():
    """It has what that one has, in whichever order and file they stand."""
    first = "[consoles.a]\nlike = 'c'\n[templates.c]\nlike = ['b']\nparity = 'odd'\n"
    second = "[templates.b]\nlike = 'a'\nbaud = 50\nflow = 'rtscts'\n"
    third = "[templates.a]\nport = 'serial:/dev/{name}'\nbaud = 75\nparity = 'even'\n"
    config = assemble([source(text, str(n)) for n, text in enumerate((first, second, third))])

    port = PortAddress("serial", "/dev/a")
    expected = ConsoleConfig("a", port, baud=50, parity="odd", flow="rtscts")
    assert {"a": expected} == config.consoles


def test_a_diamond_is_no_circle():
    """Two templates may be like a third, and a console like all of them."""
    text = (
        "[templates.a]\nport = 'demo:'\nbaud = 50\n[templates.b]\nlike = 'a'\n"
        "[templates.c]\nlike = ['a', 'b']\nbaud = 75\n[consoles.x]\nlike = ['b', 'c']\n"
    )

    assert 75 == assemble([source(text)]).consoles["x"].baud


def test_a_discovery_is_like_a_template():
    """What comes with the VM, or is for real lines alone, is left out; all else holds."""
    text = """
        [defaults]
        guest = "windows"
        [templates.vm]
        port = "serial:/dev/{name}"
        parity = "even"
        instance = 3
        guest = "linux"
        idle_timeout = "1d"
        [discover.here]
        like = "vm"
        glob = "/run/*.sock"
    """
    [discover] = assemble([source(text)]).discover

    assert ("linux", 86400) == (discover.template.guest, discover.template.idle_timeout)
    assert ("none", None) == (discover.template.parity, discover.template.instance)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[templates.line]\n[consoles.a]\nport = 'demo:'\nlike = 'lnie'",
            ['consoles.a.like = "lnie": there is no templates.lnie; did you mean line?'],
        ),
        (
            "[consoles.a]\nlike = ['x', 'y']",
            [
                'consoles.a.like = "x": there is no templates.x',
                'consoles.a.like = "y": there is no templates.y',
            ],
        ),
        (
            "[templates.a]\nlike = 'z'\n[discover.d]\nglob = '/*'\nlike = 'z'",
            [
                'templates.a.like = "z": there is no templates.z',
                'discover.d.like = "z": there is no templates.z',
            ],
        ),
        (
            "[templates.a]\nlike = 'a'",
            ['templates.a.like = "a": leads back to itself: a, a'],
        ),
        (
            (
                "[templates.x]\nlike = 'a'\n[templates.a]\nlike = 'b'\n[templates.b]\nlike = 'c'\n"
                "[templates.c]\nlike = 'a'\n[consoles.w]\nlike = 'x'\nport = 'demo:'"
            ),
            ['templates.c.like = "a": leads back to itself: a, b, c, a'],
        ),
        (
            "[templates.a]\nbaud = 1\nport = 'x:'\ncolour = 1\n[consoles.b]\nlike = 'a'",
            ["templates.a.baud", "templates.a.port", "templates.a.colour"],
        ),
        ("[templates.a]\nbaud = 50\n[consoles.b]\nlike = 'a'", ["consoles.b.port: is missing"]),
        (
            "[templates.a]\nparity = 'even'\n[consoles.b]\nlike = 'a'\nport = 'demo:'",
            [
                (
                    'consoles.b.parity = "even": '
                    "is for serial: and rfc2217: alone, and this one is demo:"
                )
            ],
        ),
        ("[templates]\na = 1", ["templates.a = 1: must be a table: [templates.a]"]),
        ("[templates.'a b']", ['templates."a b": its name must be 1 to 63 ASCII letters']),
        (
            "[templates.a]\nlike = 1",
            ['templates.a.like = 1: must be the name of a template, "line", or several'],
        ),
        (
            "[defaults]\nlike = 'a'",
            ["defaults.like: unknown key here; it belongs in [templates.NAME], [consoles."],
        ),
    ],
)
def test_mistakes_are_named_where_they_stand(text, expected):
    """One mistake is one line, however many are like what has it."""
    found = problems(text)

    assert len(expected) == len(found)
    for line, begin in zip(found, expected, strict=True):
        assert line.startswith(f"0: {begin}")


def test_a_template_stands_in_one_file():
    """As a console does: a second table of the name is refused."""
    text = "[templates.a]\nbaud = 50\n"

    assert ["1: templates.a: is already set in 0"] == problems(text, text)


def test_a_chain_has_an_end():
    """A chain up to the bound is followed; a longer one is refused."""

    def chain(length):
        tables = (f"[templates.t{n}]\nlike = 't{n + 1}'\n" for n in range(length - 1))
        last = f"[templates.t{length - 1}]\nport = 'demo:'\n"
        return "".join(tables) + last + "[consoles.a]\nlike = 't0'\n"

    assert ["a"] == [*assemble([source(chain(DEEPEST + 1))]).consoles]
    line = f"must not be the end of more than {DEEPEST} in a row"
    assert line in problems(chain(5000))[0]

"""Files become tables, or a problem that says which file and where in it."""

import codecs
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.config import Source, sources
from com1d.errors import ConfigProblem


QUOTES = "the quotes of TOML are \" and ', not"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (
            b"[daemon]\nmetrics 1\n",
            "is not TOML at line 2, column 9: Expected '=' after a key in a key/value pair",
        ),
        (b"a = 1\na = 2\n", "is not TOML at line 2, column 6: Cannot overwrite a value"),
        (b"a = 1\nb = '\xff'\n", "must be UTF-8; line 2 is not"),
        ("a = 'ö'".encode("utf-16"), sources.UTF_16),
        ("a = 'ö'".encode("utf-16-be"), sources.UTF_16),
        (codecs.BOM_UTF16_LE + "a = 1".encode("utf-16-le"), sources.UTF_16),
        ("a = 1".encode("utf-16-le"), sources.UTF_16),
        (
            "a = 1\nport = “demo:”\n".encode(),
            f"is not TOML at line 2, column 8: Invalid value; {QUOTES} “",
        ),
        (
            "port = \u2018demo:\u2019\r\n".encode(),
            f"is not TOML at line 1, column 8: Invalid value; {QUOTES} \u2018",
        ),
        (
            "a\u00a0= 1".encode(),
            (
                "is not TOML at line 1, column 2: Expected '=' after a key in a key/value pair; "
                "there is a blank that TOML does not know, U+00A0: type it anew"
            ),
        ),
        (
            b"a = 1\rb = 2\r",
            (
                "is not TOML at line 1, column 6: Expected newline or end of document after a "
                "statement; a line ends with LF or CR LF, never with CR alone"
            ),
        ),
        (
            b"[daemon]\nmetrics: 1",
            (
                "is not TOML at line 2, column 8: Expected '=' after a key in a key/value pair; "
                "TOML has = between key and value, not a colon"
            ),
        ),
        (
            b"keys = a\x00\x1b",
            (
                "is not TOML at line 1, column 8: Invalid value; text stands in quotes: "
                'keys = "a\\u0000\\u001b"'
            ),
        ),
        (
            b"[consoles.a]\nguest = windows # ours",
            (
                "is not TOML at line 2, column 9: Invalid value; text stands in quotes: "
                'guest = "windows"'
            ),
        ),
        (b"a = " + b"[" * 5000 + b"]" * 5000, "must not nest its values hundreds of levels deep"),
        (b"a = 1" + b"0" * 5000, "must not have numbers of thousands of digits"),
    ],
)
def test_what_is_not_toml_is_refused_with_its_place(data, expected):
    """Every way in which TOML fails is one problem of the file as a whole."""
    assert (
        ConfigProblem("com1d.toml", "", "", expected) == sources.parse(data, "com1d.toml").problem
    )


def test_a_file_is_its_table():
    """What TOML says comes out as it stands."""
    assert Source("f", {"a": {"b": 1}}) == sources.parse(b"[a]\nb = 1\n", "f")


@given(st.binary() | st.text().map(str.encode))
def test_no_bytes_are_too_strange(data):
    """Any bytes are a table or a problem, never both and never an exception."""
    source = sources.parse(data, "f")

    assert source.problem is None or not source.table


@pytest.mark.parametrize(
    "data",
    [
        codecs.BOM_UTF8 + b"[a]\nb = 1\n",
        b"[a]\r\nb = 1\r\n",
        b"\t[a]\r\n\tb\t=\t1\t# one\r\n",
        codecs.BOM_UTF8 + b"[a]\r\nb = 1",
    ],
)
def test_what_editors_leave_is_read(data):
    """A byte order mark, CR LF and tabs change nothing of what a file says."""
    assert Source("f", {"a": {"b": 1}}) == sources.parse(data, "f")


def test_a_mark_alone_is_an_empty_file():
    """Windows' editors save an empty file as three bytes."""
    assert Source("f") == sources.parse(codecs.BOM_UTF8, "f")


def test_conf_d_follows_in_the_order_of_names(tmp_path: Path):
    """The main file comes first, then conf.d by name; other files are not looked at."""
    main, conf_d = tmp_path / "com1d.toml", tmp_path / "conf.d"
    conf_d.mkdir()
    for name in ("20.toml", "10.toml", ".#10.toml", "30.toml~", "README"):
        (conf_d / name).write_text("a = 1")
    main.write_text("")
    expected = [main, conf_d / "10.toml", conf_d / "20.toml"]

    assert list(map(str, expected)) == [source.file for source in sources.read_all(main)]


def test_a_missing_file_is_a_problem(tmp_path: Path):
    """A file that is not there is said not to be there."""
    [source] = sources.read_all(tmp_path / "com1d.toml")
    expected = f"{tmp_path}/com1d.toml: cannot be read: No such file or directory"

    assert expected == str(source.problem)


def test_a_directory_in_place_of_a_file_is_a_problem(tmp_path: Path):
    """Both the main file and those of conf.d have to be files, and conf.d a directory."""
    (tmp_path / "com1d.toml").mkdir()
    (tmp_path / "conf.d").write_text("")
    expected = [
        (
            f"{tmp_path}/com1d.toml: cannot be read: Is a directory: name a file in it, such as "
            f"{tmp_path}/com1d.toml/com1d.toml"
        ),
        f"{tmp_path}/conf.d: cannot be read: Not a directory",
    ]

    assert expected == [str(found.problem) for found in sources.read_all(tmp_path / "com1d.toml")]


def test_an_endless_file_is_a_problem(tmp_path: Path):
    """A file is read up to the bound, not until memory ends."""
    [source] = sources.read_all(Path("/dev/zero"))

    assert "/dev/zero: must be at most 16777216 bytes long" == str(source.problem)


def test_an_impossible_path_is_a_problem():
    """A path that the kernel cannot take is a problem like any other."""
    [source] = [found for found in sources.read_all(Path("/x\0y")) if found.file.endswith("y")]

    assert "/x\0y: is not a path" == str(source.problem)

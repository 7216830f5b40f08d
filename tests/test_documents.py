"""What the documents name exists: in the code, the configuration, the command line or the wire."""

import re
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[1]
SOURCES = [
    *ROOT.glob("daemon/com1d/**/*.py"),
    ROOT / "conf" / "com1d.toml",
    ROOT / "pyproject.toml",
]

OUTSIDE = {
    "lint-imports": "import-linter's program",
    "curl": "a program that speaks HTTP",
    "Transfer-Encoding": "a header of HTTP",
    "audit-NUMBER.jsonl": "NUMBER stands for one",
}
"""Names that are not ours, or stand for others, and why they may be used."""

_NAME = re.compile(r"[A-Za-z_][\w.-]*(?:\([\w, ]*\))?|(?:\w+/)+(?:\w+\.py)?")
"""An identifier, a dotted name, a call or a path; what has other signs in it is an example."""

_MADE = re.compile(r"COM1D_[A-Z_]+")
"""The environment of a hook: made of a member's name, which has to exist in lower case."""


def names(document: str) -> set[str]:
    """Give the back-ticked names of a document, without those in its listings."""
    text = re.sub(
        r"^```.*?^```", "", (ROOT / "daemon" / document).read_text(), flags=re.MULTILINE | re.DOTALL
    )
    quoted = re.findall(r"`([^`\n]+)`", text)
    return {one for one in quoted if _NAME.fullmatch(one)}


def exists(name: str, text: str, words: set[str]) -> bool:
    """Whether a call is of some function, a path's folder is there, and other names are words."""
    if "(" in name:
        return f"def {name.partition('(')[0]}(" in text
    if "/" in name:  # the file's name may stand for any: ports/KIND.py
        folder = name.rpartition("/")[0]
        return any((root / folder).is_dir() for root in (ROOT, ROOT / "daemon" / "com1d"))
    if _MADE.fullmatch(name):
        return name.removeprefix("COM1D_").lower() in words
    parts = name.removesuffix(".py").split(".")
    return all(part in words for part in parts) or any(ROOT.glob(f"daemon/**/{name}"))


@pytest.mark.parametrize("document", ["ARCHITECTURE.md", "PROTOCOL.md"])
def test_every_name_in_a_document_exists(document):
    """A name that the code does not have any more is found by this, not by a newcomer."""
    text = "\n".join(path.read_text() for path in SOURCES)
    words = set(re.findall(r"[A-Za-z_][\w-]*", text)) | {path.stem for path in SOURCES}
    words |= {part for path in SOURCES for part in path.parts}

    assert {n for n in names(document) - set(OUTSIDE) if not exists(n, text, words)} == set()


def test_the_exceptions_are_needed():
    """A word that no document uses any more is no exception."""
    assert set(OUTSIDE) <= names("ARCHITECTURE.md") | names("PROTOCOL.md")

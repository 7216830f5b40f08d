"""Paths with a wildcard: names and paths are two spellings of the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.access.wildcard import Wildcard


PATTERNS = ["/run/qemu/*/com1.sock", "/run/vms/vm-*.sock", "/*", "/run/*/a/b/c.out", "/x/*.y/z"]
NAMES = st.text("abz09.-_", min_size=1, max_size=9).filter(lambda name: not name.startswith("."))


@pytest.mark.parametrize(
    ("pattern", "root", "folders", "path"),
    [
        ("/run/qemu/*/com1.sock", "/run/qemu", ("/run/qemu/w",), "/run/qemu/w/com1.sock"),
        ("/run/vms/vm-*.sock", "/run/vms", (), "/run/vms/vm-w.sock"),
        ("/*", "/", (), "/w"),
        ("/*/com1", "/", ("/w",), "/w/com1"),
        ("/run/*/a/b.out", "/run", ("/run/w", "/run/w/a"), "/run/w/a/b.out"),
    ],
)
def test_a_pattern_is_taken_apart(pattern, root, folders, path):
    """Where names appear, what lies between, and what is looked for in the end."""
    wildcard = Wildcard(pattern)

    assert (root, folders, path) == (wildcard.root, wildcard.folders("w"), wildcard.path_of("w"))


@given(pattern=st.sampled_from(PATTERNS), name=NAMES)
def test_a_name_is_found_again_in_its_path(pattern, name):
    """With one wildcard each name has one path, and that path no other name."""
    wildcard = Wildcard(pattern)
    path = wildcard.path_of(name)
    entry = path.removeprefix(wildcard.root).lstrip("/").split("/")[0]

    assert name == wildcard.name_of(entry)
    assert all(path.startswith(f"{folder}/") for folder in wildcard.folders(name))


@pytest.mark.parametrize(
    ("pattern", "entry"),
    [
        ("/run/vm-*.sock", "vm-.sock"),
        ("/run/vm-*.sock", "vm-a.sock.1"),
        ("/run/vm-*.sock", "xvm-a.sock"),
        ("/run/ab*ba", "aba"),
        ("/run/*", ".hidden"),
        ("/run/*", ""),
    ],
)
def test_other_entries_mean_no_name(pattern, entry):
    """The star is at least one character, and no hidden file, as in a shell."""
    assert Wildcard(pattern).name_of(entry) is None

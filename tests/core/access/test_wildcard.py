"""Paths with wildcards: what stands for them, and what is looked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.access.wildcard import Wildcard


PATTERNS = ["/run/qemu/*/com1.sock", "/run/vms/vm-*.sock", "/*", "/run/*/a/b/c.out", "/x/*.y/z"]
NAMES = st.text("abz09.-_", min_size=1, max_size=9).filter(lambda name: not name.startswith("."))


@pytest.mark.parametrize(
    ("pattern", "entry", "root", "folders", "path", "below"),
    [
        ("/run/qemu/*/com1.sock", "w", "/run/qemu", ("/run/qemu/w",), "/run/qemu/w/com1.sock", ""),
        ("/run/vms/vm-*.sock", "vm-w.sock", "/run/vms", (), "/run/vms/vm-w.sock", ""),
        ("/*", "w", "/", (), "/w", ""),
        ("/*/com1", "w", "/", ("/w",), "/w/com1", ""),
        ("/run/*/a/b.out", "w", "/run", ("/run/w", "/run/w/a"), "/run/w/a/b.out", ""),
        ("/run/*/q/*/c", "w", "/run", ("/run/w",), "/run/w/q", "*/c"),
        ("/run/*/*.sock", "w", "/run", (), "/run/w", "*.sock"),
    ],
)
def test_a_pattern_is_taken_apart(pattern, entry, root, folders, path, below):
    """Where entries appear, what lies between, and what is looked for in the end."""
    wildcard = Wildcard(pattern)

    assert (root, folders, path, below) == (
        wildcard.root, wildcard.folders(entry), wildcard.path_of(entry), wildcard.below
    )  # fmt: skip


def test_what_is_below_begins_where_the_entry_is():
    """A star in the name of a directory that is there is a character."""
    wildcard = Wildcard("*/a/vm-*", root="/run/*")
    assert ("/run/*", "/run/*/u/a", "vm-*") == (
        wildcard.root, wildcard.path_of("u"), wildcard.below
    )  # fmt: skip


@given(pattern=st.sampled_from(PATTERNS), name=NAMES)
def test_a_name_is_found_again_in_its_path(pattern, name):
    """With one wildcard each name has one path, and that path no other name."""
    wildcard = Wildcard(pattern)
    path = pattern.replace("*", name)
    entry = path.removeprefix(wildcard.root).lstrip("/").split("/")[0]

    assert (name,) == wildcard.parts_of(entry)
    assert path == wildcard.path_of(entry)
    assert all(path.startswith(f"{folder}/") for folder in wildcard.folders(entry))


@pytest.mark.parametrize(
    ("pattern", "entry", "parts"),
    [
        ("/x/domain-*-*", "domain-12-web-01", ("12", "web-01")),
        ("/x/*-*.serial*", "a-b.serial0", ("a", "b", "0")),
        ("/x/*-*", "-a", None),
        ("/x/*-*", "a-", None),
    ],
)
def test_several_in_one_part_stand_for_as_little_as_they_can(pattern, entry, parts):
    """But the last one: libvirt's number of a domain has no hyphen, and its name may have."""
    assert parts == Wildcard(pattern).parts_of(entry)


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
    assert Wildcard(pattern).parts_of(entry) is None

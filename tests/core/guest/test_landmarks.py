"""The texts that tell what the guest is doing: that their patterns can be trusted."""

import re

import pytest

from com1d.core.guest.landmark import Landmark
from com1d.core.guest.landmarks import LANDMARKS


@pytest.mark.parametrize("rule", LANDMARKS, ids=lambda rule: f"{rule.state} {rule.needle!a}")
def test_a_pattern_has_bounds_and_no_look_behind_its_end(rule: Landmark):
    """An unbounded repetition would be slow on hostile text, and `$` would depend on the cut."""
    bare = re.sub(r"\\.|\[[^]]*\]", "x", rule.pattern.pattern)

    assert not re.search(r"[x)]\+|[x)]\*|\$|\(\?[=<!]", bare.replace(" *", "").replace("=+", ""))


@pytest.mark.parametrize("rule", LANDMARKS, ids=lambda rule: f"{rule.state} {rule.needle!a}")
def test_a_needle_is_a_rare_text(rule: Landmark):
    """What is searched for first must not be in every line."""
    assert len(rule.needle) >= 3
    assert rule.needle.strip()

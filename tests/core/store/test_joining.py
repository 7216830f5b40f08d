"""Where a stream goes on in QEMU's log of it."""

from hypothesis import given
from hypothesis import strategies as st

from com1d.core.store.joining import nearest


@given(st.text("ab", max_size=60), st.text("ab", max_size=4), st.integers(0, 70), st.integers(0, 9))
def test_the_nearest_is_found(text: str, needle: str, expected: int, base: int):
    """Of all places at which something stands, it is one that is as near as any."""
    window = text.encode()
    places = [base + at for at in range(len(text)) if text.startswith(needle, at)]
    found = nearest(window, base, needle.encode(), base + expected)

    if not needle:
        assert base + expected == found
    elif not places:
        assert found is None
    else:
        assert found in places
        assert min(abs(p - base - expected) for p in places) == abs(found - base - expected)

"""The index: what is written is read back, and what was changed is noticed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.store.records import (
    BOUND,
    HEADER_BYTES,
    SALT_BYTES,
    VERSION,
    Checksum,
    DamagedError,
    Header,
    OtherVersionError,
    Record,
    Records,
)


times = st.integers(0, 4 * 10**15).map(lambda microseconds: microseconds / 1_000_000)
headers = st.builds(
    Header,
    st.integers(0, 2**63),
    times,
    st.booleans(),
    st.binary(min_size=SALT_BYTES, max_size=SALT_BYTES),
    version=st.sampled_from([VERSION, BOUND]),
)
records = st.builds(
    Record,
    st.integers(0, 2**63),
    times,
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**32 - 1),
    st.binary(min_size=4, max_size=4),
)
HEADER = Header(1000, 1_700_000_000.0)


@given(headers)
def test_a_header_is_read_back(header: Header):
    """Base, time, flags and salt survive."""
    data = header.encode()

    assert HEADER_BYTES == len(data)
    assert header == Header.decode(data)


@given(st.integers(0, HEADER_BYTES - 1), st.integers(1, 255))
def test_a_changed_header_is_noticed(place: int, change: int):
    """Any byte that is not what was written is damage, or another version."""
    data = bytearray(HEADER.encode())
    data[place] ^= change

    with pytest.raises((DamagedError, OtherVersionError)):
        Header.decode(bytes(data))


@given(st.integers(0, HEADER_BYTES - 1))
def test_a_torn_header_is_noticed(length: int):
    """A header that was not written to its end is none."""
    with pytest.raises(DamagedError, match="does not begin with a header"):
        Header.decode(HEADER.encode()[:length])


def test_another_version_is_named():
    """A later com1d's log is recognised as one, before its checksum is looked at."""
    data = HEADER.encode().replace(b"com1dlog\x01", b"com1dlog\x03")

    with pytest.raises(OtherVersionError, match="version 3, this is 2"):
        Header.decode(data)


@given(records)
def test_a_record_is_read_back(record: Record):
    """Place, time, length and proof survive, wherever the record lies."""
    form = Records(HEADER, 4)
    data = b"before" + form.pack(record) + b"after"

    assert form.size == len(form.pack(record))
    assert record == form.unpack(data, 6)


@given(records, st.data())
def test_a_changed_or_torn_record_is_none(record: Record, data):
    """Any changed byte, and any missing end, makes a record none at all."""
    form = Records(HEADER, 4)
    packed = form.pack(record)
    place = data.draw(st.integers(0, len(packed) - 1))
    changed = bytearray(packed)
    changed[place] ^= data.draw(st.integers(1, 255))

    assert form.unpack(bytes(changed)) is None
    assert form.unpack(packed[:place]) is None


@given(records)
def test_a_record_of_another_segment_is_none(record: Record):
    """What is left on the disk of a deleted segment is not taken for this one's."""
    packed = Records(HEADER, 4).pack(record)

    assert Records(HEADER._replace(base=1001), 4).unpack(packed) is None


@given(st.binary(max_size=100), st.binary(max_size=100))
def test_a_checksum_vouches_for_its_bytes_only(data: bytes, other: bytes):
    """The proof of some bytes is no proof of others."""
    guard = Checksum()
    stored, proof = guard.protect(data, b"")

    assert data == guard.reveal(stored, proof, b"")
    if other != data:
        with pytest.raises(DamagedError, match="checksum"):
            guard.reveal(other, proof, b"")

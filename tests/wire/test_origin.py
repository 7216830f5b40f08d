"""Who a user is behind the name that a process has."""

import pytest

from com1d.wire.origin import NOWHERE, Origin, person


@pytest.mark.parametrize(
    ("origin", "shown"),
    [
        (NOWHERE, "root"),
        (Origin(login="anna"), "root (anna)"),
        (Origin("anna", "pts/3", "192.0.2.7"), "root (anna, pts/3, from 192.0.2.7)"),
        (Origin(gateway="com1-web"), "root (via com1-web)"),
    ],
)
def test_a_person_is_named_by_what_is_known(origin, shown):
    """Members that are not known are left out, also of JSON."""
    assert shown == person("root", origin.as_json())
    assert all((origin.as_json() or {}).values())

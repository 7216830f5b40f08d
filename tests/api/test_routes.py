"""Which path leads where, and what is said of one that leads nowhere."""

import pytest

from com1d.api.messages import Request
from com1d.api.routes import find
from com1d.errors import NotFound


def test_a_browser_at_the_page_of_metrics_is_told_where_it_is():
    """Nobody is identified there, and it has one page."""
    with pytest.raises(NotFound) as caught:
        find(Request("GET", "/", {}, b"", None))

    said = caught.value.as_json()
    assert "There is no such path" == said["title"]
    assert "there is no '/' here; the metrics are at /metrics" == said["detail"]

"""The gateway that is not there yet."""

from com1d.errors import EX_UNAVAILABLE
from com1d.frontends import web


def test_it_says_so(capsys):
    """Whoever starts it learns why nothing happens."""
    assert web.main() == EX_UNAVAILABLE
    assert "not part of this version" in capsys.readouterr().err

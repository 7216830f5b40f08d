"""`com1-web`: the browser gateway."""

import sys

from com1d.errors import EX_UNAVAILABLE


def main() -> int:
    """Say that there is no gateway in this version."""
    print(
        "com1-web: the browser gateway is not part of this version of com1d; use `com1 connect`.",
        file=sys.stderr,
    )
    return EX_UNAVAILABLE

"""A window of time as the command line takes it, such as `6h`."""

import re
from argparse import ArgumentTypeError
from typing import Final


_UNITS: Final = {"s": 1, "min": 60, "h": 3600, "d": 86400}
HOUR: Final = 3600
DAY: Final = 86400


def window(text: str) -> int:
    """Read a window such as `90min` or `6h`: a day at most."""
    found = re.fullmatch("([0-9]{1,5})(s|min|h|d)", text)
    seconds = int(found[1]) * _UNITS[found[2]] if found else 0
    if not 1 <= seconds <= DAY:
        raise ArgumentTypeError(f"{text!r} is no time such as 90min or 6h, of a day at most")
    return seconds

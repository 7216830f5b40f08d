"""`com1d slo`: the service level that the running daemon has kept over a window."""

import json
import re
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any, Final

from com1d.errors import EX_OK
from com1d.tools.asking import AskingError, failed, get, socket_of


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


def slo(config: Path, seconds: int, *, as_json: bool = False) -> int:
    """Print it; give the exit code."""
    try:
        level = json.loads(get(socket_of(config), f"/v1/slo?window={seconds}"))
    except AskingError as error:
        return failed(error)
    sys.stdout.write(json.dumps(level) + "\n" if as_json else _text(level))
    return EX_OK


def _text(level: dict[str, Any]) -> str:
    ratio = level["in_time_ratio"]
    share = "nothing was printed" if ratio is None else f"{ratio:.4%}"
    rows = (
        ("over", f"{level['seconds']:.0f} s"),
        ("delivered within 5 ms", f"{share} of {level['delivered_bytes']} bytes"),
        ("stalls over 10 ms", str(level["stalls"])),
        ("lost bytes", str(level["lost_bytes"])),
        ("minutes without a log", str(level["unlogged_minutes"])),
    )
    return "".join(f"{name:<22} {value}\n" for name, value in rows)

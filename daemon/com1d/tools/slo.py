"""`com1d slo`: the service level that the running daemon has kept over a window."""

import json
import sys
from pathlib import Path
from typing import Any

from com1d.errors import EX_OK
from com1d.tools.asking import AskingError, failed, get, socket_of


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

"""`com1d trace NAME`: follows a console's bytes through the running daemon, for a while."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median, quantiles
from typing import Any, Final
from urllib.parse import quote

from com1d.errors import EX_OK
from com1d.tools.asking import PATIENCE, AskingError, answer, failed, socket_of


HEAD: Final = f"{'offset':>12} {'bytes':>6} {'gear':<6} {'wait':>9} {'ring':>7}  readers"

_HUNDREDTHS: Final = 100


def trace(config: Path, name: str, seconds: int, *, as_json: bool = False) -> int:
    """Print each piece that the console prints meanwhile, and at the end a summary.

    Times are microseconds. `wait` is from the arrival of the first byte until it was read; each
    reader has the time that it took, a client's with the write. Gives the exit code.
    """
    target = f"/v1/consoles/{quote(name, safe='')}/trace?seconds={seconds}"
    try:
        with answer(socket_of(config), target, seconds + PATIENCE) as response:
            lines = map(json.loads, response)
            if as_json:
                for line in lines:
                    _print(json.dumps(line))
            else:
                _print_all(lines, seconds)
    except AskingError as error:
        return failed(error)
    except KeyboardInterrupt:
        return EX_OK
    return EX_OK


def _print_all(lines: Iterable[dict[str, Any]], seconds: int) -> None:
    totals: list[float] = []
    _print(HEAD)
    for line in lines:
        if "offset" in line:
            totals.append(line["total_us"])
            _print(_piece(line))
        elif "late" in line:
            _print(
                f"{line['late']} has the bytes until {line['until']} after {line['total_us']} us"
            )
        elif line.get("missed"):
            _print(f"{line['missed']} pieces were too many to be shown")
    _print("\n".join(_summary(totals, seconds)))


def _piece(piece: dict[str, Any]) -> str:
    readers = ", ".join(map(_reader, piece["readers"]))
    return (
        f"{piece['offset']:12} {piece['bytes']:6} {piece['gear']:<6} {piece['wait_us']:9} "
        f"{piece['ring_us']:7}  {readers}"
    )


def _reader(reader: dict[str, Any]) -> str:
    behind = f", {reader['behind']} bytes behind" if reader.get("behind") else ""
    return f"{reader['reader']} {reader['us']}{behind}"


def _summary(totals: list[float], seconds: int) -> Iterator[str]:
    yield f"{len(totals)} pieces in {seconds} s"
    if len(totals) > 1:
        high = quantiles(totals, n=_HUNDREDTHS, method="inclusive")[-1]
        yield f"until all had it: median {median(totals):.0f} us, 99 % {high:.0f} us"


def _print(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

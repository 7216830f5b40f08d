"""Fuzz one target with atheris, guided by the code that each input reaches.

    python tests/fuzz/run.py http --minutes 30
    python tests/fuzz/run.py http --input FOLDER/crash-…

A finding ends the run with its traceback, and an exit code that is not 0. It is kept in a temporary
folder, which is named first, beside the corpus: the inputs that led somewhere. With that folder as
`--folder` the next run goes on from there.
"""

import argparse
import os
import sys
import tempfile
from importlib import import_module
from pathlib import Path

import atheris


TESTS = Path(__file__).resolve().parents[1]

GROUND = ["com1d", "fuzz", "h11", "websockets", "tomli"]
"""Packages whose code counts as ground to cover: ours, and what untrusted bytes go through."""

INPUT_BYTES = 4096
"""The longest input: all that the parsers do, they do within a page."""

INPUT_SECONDS = 10
"""An input that takes this long is a finding; most take less than a millisecond."""

MEMORY_MB = 1024
"""A process that grows beyond this is a finding: it keeps what it should not, or too much."""


def main() -> None:
    """Let libFuzzer run one target until it has had enough; it ends the process."""
    sys.path[0] = str(TESTS)  # in place of this folder: the modules are called fuzz.…
    options = _options()
    folder = Path(options.folder or tempfile.mkdtemp(prefix=f"com1d-fuzz-{options.target}-"))
    sys.stderr.write(f"{folder}: findings, and the corpus\n")
    places = [folder.resolve() / "corpus", folder.resolve() / "seeds"]
    for place in places:
        place.mkdir(parents=True, exist_ok=True)
    inputs = [options.input.resolve()] if options.input else places
    os.chdir(folder)  # for what a target needs itself
    with atheris.instrument_imports(include=GROUND):
        module = import_module(f"fuzz.targets.{options.target}")
    for number, seed in enumerate(module.SEEDS):
        Path("seeds", str(number)).write_bytes(seed)
    atheris.Setup([sys.argv[0], *_bounds(options), *map(str, inputs)], module.target)
    atheris.Fuzz()


def _bounds(options: argparse.Namespace) -> list[str]:
    """Give libFuzzer's own options."""
    return [
        f"-runs={options.runs}",
        f"-max_total_time={round(options.minutes * 60)}",
        f"-seed={options.seed}",
        f"-max_len={INPUT_BYTES}",
        f"-timeout={INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MB}",
        "-artifact_prefix=./",
    ]


def _options() -> argparse.Namespace:
    from fuzz.targets import NAMES  # noqa: PLC0415 -- only now is it to be found

    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("target", choices=(*NAMES, "needle"))
    parser.add_argument("--minutes", type=float, default=0, help="how long (0: until it is ended)")
    parser.add_argument("--runs", type=int, default=-1, help="how many inputs (-1: no bound)")
    parser.add_argument("--seed", type=int, default=0, help="of the random numbers (0: the time)")
    parser.add_argument("--folder", help="where findings and the corpus are kept")
    parser.add_argument("--input", type=Path, help="run this one input again")
    return parser.parse_args()


if __name__ == "__main__":
    main()

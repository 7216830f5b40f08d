"""Compile the C programs of the benchmark on first use, and again when a source is newer."""

import functools
import shutil
import subprocess
from pathlib import Path


HERE = Path(__file__).parent
OUT = HERE / "build"

SOURCES = {
    "load": sorted((HERE / "load").glob("*.[ch]")),
    "floor": [HERE / "floor.c"],
    "watch": [HERE / "watch.c"],
}
FLAGS = ["-O2", "-g", "-std=gnu17", "-Wall", "-Wextra"]


def missing() -> str | None:
    """Say that there is no C compiler; None when there is."""
    return None if shutil.which("gcc") else "gcc is not installed (apt-get install gcc libc6-dev)"


@functools.cache
def program(name: str) -> Path:
    """Give the path of a compiled program, compiled now if need be."""
    target = OUT / name
    sources = SOURCES[name]
    newest = max(source.stat().st_mtime for source in sources)
    if not target.exists() or target.stat().st_mtime < newest:
        OUT.mkdir(exist_ok=True)
        units = [str(source) for source in sources if source.suffix == ".c"]
        subprocess.run(["gcc", *FLAGS, "-o", str(target), *units, "-lutil"], check=True)
    return target

"""Compile what the benchmark runs on first use, and again when a source is newer."""

import functools
import os
import shutil
import subprocess
import sys
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


@functools.cache
def bytecode() -> dict[str, str]:
    """Give the environment in which com1d's modules are compiled, as they are once installed."""
    env = {"PYTHONPYCACHEPREFIX": str(OUT / "pycache"), "PYTHONDONTWRITEBYTECODE": ""}
    argv = [sys.executable, "-c", "import com1d.__main__, com1d.daemon.serving"]
    subprocess.run(argv, env=os.environ | env, check=True)
    return env

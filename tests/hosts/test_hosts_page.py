"""HOSTS.md is right, to the letter, in all that can be read without the host."""

import re
from pathlib import Path

import pytest

from com1d.config import load
from com1d.tools.guest_args import advise


ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "daemon" / "HOSTS.md").read_text()
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
LISTINGS = re.compile(r"^```toml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def consoles(section: str, folder: Path):
    """Give the consoles of a section's configurations."""
    for number, listing in enumerate(LISTINGS.findall(SECTIONS[section])):
        path = folder / f"{number}.toml"
        path.write_text(listing)
        yield from load(path).consoles.values()


@pytest.mark.parametrize("section", SECTIONS)
def test_every_configuration_is_right(section, tmp_path):
    """As it stands, as a whole com1d.toml."""
    found = list(consoles(section, tmp_path))
    assert bool(found) == bool(re.search(r"^\[consoles\.", SECTIONS[section], re.MULTILINE))


@pytest.mark.parametrize(
    "section", ["libvirt (system)", "Plain QEMU", "Proxmox VE", "Cloud Hypervisor"]
)
def test_the_vms_are_started_as_guest_args_says(section, tmp_path):
    """The same arguments, or the same XML."""
    words = " ".join(SECTIONS[section].replace("\\\n", " ").split())
    for console in consoles(section, tmp_path):
        advice = advise(console, None)
        assert " ".join(advice.arguments) in words or advice.xml.strip() in words


def test_every_file_that_is_installed_is_there():
    """README and HOSTS.md name files and folders of the checkout."""
    text = (ROOT / "README.md").read_text() + PAGE
    files = re.findall(r"(?<![\w/])(?:conf|systemd)/[\w./-]+[\w*]", text)
    assert {"conf/apparmor/com1d", "systemd/com1-web.service"} <= set(files)
    assert [] == [file for file in files if not any(ROOT.glob(file))]

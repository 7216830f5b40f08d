"""Manual pages, as they are written for the version that is installed."""

import shutil
import subprocess

import pytest

from com1d.__main__ import run
from com1d.config.model import ConsoleConfig
from com1d.config.settings.setting import settings
from com1d.errors import EX_OK
from com1d.frontends.catalogue import COMMANDS
from com1d.manual.roff import escaped, from_markdown
from com1d.wire.events import EVENTS


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Give the pages by name, as `com1d man` writes them."""
    folder = tmp_path_factory.mktemp("man")
    assert EX_OK == run(["man", str(folder)])
    return {path.name: path for path in folder.glob("man*/*")}


def test_every_command_and_setting_has_its_place(pages):
    """What the programs and the model declare is what the pages say."""
    names = {"com1.1", "com1d.8", "com1-web.8", "com1d.toml.5", "com1.v1.7"}
    assert names == set(pages)
    assert ".SS link\n" in pages["com1-web.8"].read_text()
    com1 = pages["com1.1"].read_text()
    assert all(f".SS {command.name}\n" in com1 for command in COMMANDS)
    assert ".SS send sysrq\n" in com1
    toml = pages["com1d.toml.5"].read_text()
    assert all(f".B {escaped(key)}\n" in toml for key in settings(ConsoleConfig))
    protocol = pages["com1.v1.7"].read_text()
    assert all(f".B {escaped(event)}\n" in protocol for event in EVENTS)
    assert ".SS doctor\n" in pages["com1d.8"].read_text()


@pytest.mark.skipif(not shutil.which("groff"), reason="no groff here")
def test_man_can_show_them(pages):
    """No word of roff is misspelt."""
    for path in pages.values():
        command = ["groff", "-man", "-Tutf8", "-wmac", "-wmissing", str(path)]
        done = subprocess.run(command, capture_output=True, check=True)
        said = [line for line in done.stderr.splitlines() if b"adjust line" not in line]
        assert [] == said  # a table's long name cannot be broken, which is only a warning
        assert b"com1d(8)" in done.stdout  # its last section


def test_a_folder_that_cannot_be_written(capsys, tmp_path):
    """It is said, with its name."""
    (tmp_path / "file").write_text("")
    assert run(["man", str(tmp_path / "file")])
    assert "file" in capsys.readouterr().err


def test_markdown_becomes_roff():
    """Headings, cells, code and paragraphs; what roff would take for a word of its own is not."""
    text = "# One\n\n.so `it` is,\n**bold** [l](u).\n\n| a | b |\n|---|---|\n```x\n.code\n```\n"
    assert (
        ".SH One\n.PP\n\\&.so it is, bold l.\n.TP\n.B a\nb\n.PP\n.nf\n\\&.code\n.fi\n"
    ) == from_markdown(text.splitlines())

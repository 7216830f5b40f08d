"""A private daemon and what becomes of it."""

from pathlib import Path

import pytest

from com1d.frontends.demo import household
from com1d.frontends.demo.household import linux_household, windows_household
from com1d.frontends.session.link import ClientError, Link


def test_it_serves_and_goes_away(run_dir, monkeypatch):
    """While it exists its console answers; afterwards neither file nor process is left."""
    monkeypatch.setattr("tempfile.tempdir", str(run_dir))
    with windows_household() as home:
        consoles = Link(home.socket).get("/v1/consoles")["consoles"]
        assert [(one["name"], one["port"]) for one in consoles] == [("demo", "demo:")]
        assert home.folder.parent == run_dir

    assert not any(run_dir.iterdir())


def test_a_daemon_that_does_not_start(run_dir, monkeypatch):
    """What it said last is the reason given, and nothing is left."""
    deep = run_dir / ("x" * 100)  # no socket's path is that long
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    with pytest.raises(ClientError, match=r"com1d did not start: \S"), windows_household():
        pass

    assert not any(deep.iterdir())


def test_a_daemon_that_never_answers(run_dir, monkeypatch):
    """It is not waited for without end."""
    monkeypatch.setattr("tempfile.tempdir", str(run_dir))
    monkeypatch.setattr(household, "START_SECONDS", 0.0)
    with pytest.raises(ClientError, match="did not come up within 0 s"), windows_household():
        pass

    assert not any(run_dir.iterdir())


@pytest.mark.parametrize("missing", ["kernel", "initrd"])
def test_a_guest_that_is_not_there(run_dir, monkeypatch, missing):
    """A missing file is named, with what to give instead."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(run_dir))
    files = {"kernel": str(run_dir / "k"), "initrd": str(run_dir / "i")}
    for path in files.values():
        Path(path).touch()
    del files[missing]
    with (
        pytest.raises(ClientError, match=r"is missing\. Give --kernel and --initrd"),
        linux_household(files.get("kernel"), files.get("initrd")),
    ):
        pass


def test_no_qemu(monkeypatch):
    """A host without QEMU is told so."""
    monkeypatch.setenv("PATH", "/nowhere")
    with (
        pytest.raises(ClientError, match=r"qemu-system-x86_64 is missing\. Install QEMU"),
        linux_household("k", "i"),
    ):
        pass

"""Logs of VMs that have one name after the other: each stays with its VM."""

import errno
from pathlib import Path

import pytest

from bootlog.household import LOG_SIZE, Household, living
from com1d.bootlog.archive import Archive
from com1d.bootlog.files import Files
from com1d.bootlog.messages import Batch
from com1d.bootlog.sealing import Keyring
from com1d.telemetry.facts import LogSetAside


FIRST = "11111111-1111-4111-8111-111111111111"
SECOND = "22222222-2222-4222-8222-222222222222"


async def printed(house: Household, name: str, uuid: str, data: bytes) -> None:
    """Be a console for as long as a VM prints something."""
    console = house.console(name)
    console.store.identify(uuid)
    console.print(data)
    await house.library.settle()
    console.store.detach()


async def past(house: Household, name: str) -> bytes:
    return b"".join([piece.data async for piece in house.library.past(name).read(0)])


@pytest.mark.parametrize("keyring", [Keyring(), Keyring(b"k" * 32)], ids=["plain", "encrypted"])
async def test_each_vm_of_a_name_has_a_log_of_its_own(tmp_path: Path, keyring: Keyring):
    """The second begins with nothing; the first finds its own when it returns."""
    async with living(tmp_path, keyring=keyring) as house:
        await printed(house, "100", FIRST, b"hunter2")
        assert "" == await house.library.part("100", SECOND)
        assert house.library.state("100").end == 0
        await printed(house, "100", SECOND, b"of the second")
        assert [f"100.{FIRST}"] == house.library.earlier()
        assert b"hunter2" == await past(house, f"100.{FIRST}")

        assert "" == await house.library.part("100", FIRST)
        await printed(house, "100", FIRST, b" again")
        assert b"hunter2 again" == await past(house, "100")
        assert [f"100.{SECOND}"] == house.library.earlier()
        assert b"of the second" == await past(house, f"100.{SECOND}")


async def test_whose_a_log_is_outlives_the_daemon_as_a_plain_file(tmp_path: Path):
    """And so does which logs are earlier VMs'."""
    async with living(tmp_path) as house:
        await printed(house, "web", FIRST, b"x")
        assert "" == await house.library.part("web", "")
        await printed(house, "web", SECOND, b"y")
    async with living(tmp_path) as house:
        assert (SECOND, FIRST) == (
            house.library.state("web").uuid, house.library.state(f"web.{FIRST}").uuid
        )  # fmt: skip
        assert [f"web.{FIRST}"] == house.library.earlier()
    assert f"{SECOND}\n" == (tmp_path / "web" / "uuid").read_text()


async def test_a_folder_that_is_in_the_way_is_set_aside_and_told(tmp_path: Path):
    """Somebody has copied it there; no log is lost for it."""
    async with living(tmp_path) as house:
        await printed(house, "web", FIRST, b"mine")
        other = tmp_path / f"web.{FIRST}"
        other.mkdir()
        (other / "note").write_text("kept")
        assert "" == await house.library.part("web", SECOND)
        assert b"mine" == await past(house, f"web.{FIRST}")
        [told] = house.tells(LogSetAside)
    assert "kept" == (Path(told.path) / "note").read_text()


class Refusing(Files):
    """A disk that takes no new name for a folder, until told otherwise."""

    refuses = True

    def rename(self, path: Path, target: Path) -> None:
        if self.refuses and path.is_dir():
            raise OSError(errno.EROFS, "Read-only file system", str(path))
        super().rename(path, target)


def test_a_disk_that_refuses_leaves_the_log_with_its_vm(tmp_path: Path):
    """No console is begun with another VM's log; a later try is as good as the first."""
    files = Refusing()
    archive = Archive(tmp_path, Keyring(), files, lambda _: None)
    archive.load()
    archive.shelf("web").limit = LOG_SIZE
    archive.shelf("web").identify(FIRST)
    archive.put("web", Batch(0, b"mine", 1.0))
    archive.flush(["web"])

    refused = archive.part("web", SECOND)
    assert f"{tmp_path}/web: Read-only file system" == refused.error
    assert (FIRST, 4) == (refused.states["web"].uuid, refused.states["web"].end)
    files.refuses = False
    parted = archive.part("web", SECOND)
    assert ("", 0, "", FIRST, 4) == (
        parted.error, parted.states["web"].end, parted.states["web"].uuid,
        parted.states[f"web.{FIRST}"].uuid, parted.states[f"web.{FIRST}"].end,
    )  # fmt: skip
    archive.close()

"""The switches on disk: kept whole, and never forgotten by a damaged file."""

import asyncio
import os
import stat

import pytest

from com1d.access.switchboard import Switchboard
from com1d.core.access.switches import Switches
from com1d.errors import StateUnavailable
from com1d.loop.clock import now
from disks import fill, small_disk


def board(folder) -> Switchboard:
    return Switchboard(folder / "state", now)


async def loaded(folder) -> Switchboard:
    fresh = board(folder)
    await fresh.load()
    return fresh


async def test_nothing_is_off_at_first(tmp_path):
    """Without a file, and without its directory, everything is on."""
    fresh = board(tmp_path)

    assert "" == await fresh.load()
    assert Switches() == fresh.state


async def test_switches_outlive_a_restart(tmp_path):
    """What was turned last is what the next daemon finds, with who and when."""
    first = board(tmp_path)
    first.turn_off("web01", "anna")
    first.turn_off("db01", "ben")
    first.turn_off(None, "carl")
    await first.keep()
    await first.turn_on("db01")

    second = await loaded(tmp_path)
    assert first.state == second.state
    assert "carl" == second.state.host.by
    assert ["web01"] == [*second.state.consoles]

    await second.turn_on(None)
    assert (await loaded(tmp_path)).state.host is None
    modes = [(tmp_path / path).stat().st_mode for path in ("state", "state/switches.json")]
    assert [0o750, 0o640] == [*map(stat.S_IMODE, modes)]


@pytest.mark.parametrize("damage", [b"", b"{}", b"\xff\xfe", b"null"])
async def test_a_damaged_file_switches_the_host_off(tmp_path, damage):
    """Nobody knows what it said, so everything is off until an owner says otherwise."""
    (tmp_path / "state").mkdir()
    path = tmp_path / "state" / "switches.json"
    path.write_bytes(damage)

    damaged = board(tmp_path)
    assert "cannot be used" in await damaged.load()
    assert str(path) in str(damaged.state.host)
    assert "cannot be used" in await board(tmp_path).load()

    await damaged.turn_on(None)
    assert Switches() == (await loaded(tmp_path)).state
    [aside] = (tmp_path / "state").glob("switches.json.damaged-*")
    assert damage == aside.read_bytes()


async def test_a_file_that_cannot_be_read(tmp_path):
    """A directory in its place, or any error of the disk, is no reason to open the consoles."""
    (tmp_path / "state" / "switches.json").mkdir(parents=True)

    assert (await loaded(tmp_path)).state.host is not None


async def test_a_full_disk(tmp_path):
    """Off is off at once and says that it will not last; on stays off until it is written."""
    with small_disk(tmp_path / "state"):
        first = await loaded(tmp_path)
        first.turn_off("web01", "anna")
        await first.keep()
        kept = first.state
        fill(tmp_path / "state" / "ballast")

        first.turn_off("db01", "anna")
        with pytest.raises(StateUnavailable, match="No space left"):
            await first.keep()
        assert {"web01", "db01"} == {*first.state.consoles}
        with pytest.raises(StateUnavailable):
            await first.turn_on("web01")
        assert {"web01", "db01"} == {*first.state.consoles}
        assert kept == (await loaded(tmp_path)).state

        (tmp_path / "state" / "ballast").unlink()
        await first.turn_on("web01")
        assert {"db01"} == {*(await loaded(tmp_path)).state.consoles}
        assert ["switches.json"] == [path.name for path in (tmp_path / "state").iterdir()]


@pytest.mark.parametrize("put", ["link", "dangling link", "fifo", "file"])
async def test_nothing_that_lies_in_the_way_of_a_write_is_written_to(tmp_path, put: str):
    """A link does not lead us elsewhere, and a FIFO does not hold us up; it is replaced."""
    victim, way = tmp_path / "victim", tmp_path / "state" / "switches.json.new"
    way.parent.mkdir()
    if put == "fifo":
        os.mkfifo(way)
    elif put == "file":
        way.write_text("half of an earlier one")
    else:
        way.symlink_to(victim)
    if put == "link":
        victim.write_text("untouched")

    fresh = board(tmp_path)
    fresh.turn_off("web01", "anna")
    async with asyncio.timeout(30):
        await fresh.keep()

    assert fresh.state == (await loaded(tmp_path)).state
    assert not victim.exists() or victim.read_text() == "untouched"


@pytest.mark.parametrize("put", ["fifo", "link", "directory"])
async def test_what_is_no_file_switches_the_host_off(tmp_path, put: str):
    """A FIFO in its place does not hold the start up, and a link is not followed."""
    path = tmp_path / "state" / "switches.json"
    path.parent.mkdir()
    if put == "fifo":
        os.mkfifo(path)
    elif put == "directory":
        path.mkdir()
    else:
        (tmp_path / "elsewhere").write_bytes(Switches().encode())
        path.symlink_to(tmp_path / "elsewhere")

    fresh = board(tmp_path)
    async with asyncio.timeout(30):
        damage = await fresh.load()

    assert "cannot be used" in damage
    assert fresh.state.host is not None

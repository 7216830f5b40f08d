"""Sign-ins that ended before their time stay ended."""

import pytest
from aiohttp import ClientSession

from com1d.gateway.server import Gateway
from com1d.gateway.signin.ended import ENDED_MAX, LINE_BYTES, Ended
from com1d.gateway.telemetry import Telemetry
from gateway.portal import opened


def test_they_outlast_a_restart_and_not_their_time(tmp_path):
    """What is on the disk is read again; what would have ended by itself is forgotten."""
    path = tmp_path / "seal.ended"
    ended = Ended(path, 100.0)
    ended.add("short", 150.0, 100.0)
    ended.add("long", 900.0, 100.0)
    ended.keep()

    again = Ended(path, 200.0)

    assert again.holds("long", 50.0)
    assert not again.holds("short", 50.0)
    assert not again.holds("other", 50.0)
    assert 0o600 == path.stat().st_mode & 0o777


def test_with_too_many_all_end(tmp_path):
    """None is forgotten for another: what began before is worth nothing, also after a restart."""
    path = tmp_path / "seal.ended"
    ended = Ended(path, 0.0)
    for number in range(ENDED_MAX):
        ended.add(f"{number:022}", 900.25, 100.0)
    ended.keep()

    assert path.stat().st_size <= ENDED_MAX * LINE_BYTES
    for each in (ended, Ended(path, 100.0)):
        assert each.holds("0" * 22, 50.0)
        assert each.holds("one of before", 50.0)
        assert not each.holds("one of later", 101.0)


DAMAGES = {
    "no text": b"\xff\xfe",
    "no time": b"never a\n",
    "half a line": b"1.0\n",
    "too long": b"1.0 a\n" * (ENDED_MAX * LINE_BYTES // 6 + 1),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_file_that_cannot_be_read(tmp_path, damage):
    """Everybody signs in anew: who had signed out might be among them."""
    path = tmp_path / "seal.ended"
    path.write_bytes(DAMAGES[damage])

    ended = Ended(path, 100.0)

    assert ended.holds("anybody", 99.0)
    assert not ended.holds("anybody", 101.0)


async def test_a_copy_of_a_cookie_after_a_restart(run_dir):
    """Another process of the gateway knows who had signed out, and leaves others signed in."""
    async with opened(run_dir, "vm") as portal:
        async with portal.signed_in() as anna, portal.signed_in() as other:
            copies = (anna.cookies(), other.cookies())
            await anna.post("session/end")
            async with Gateway(portal.config, Telemetry()).running() as restarted:
                host, port = restarted.address
                async with ClientSession() as thief:
                    answers = [
                        await thief.get(f"http://{host}:{port}/session", headers={"Cookie": copy})
                        for copy in copies
                    ]
        assert [answer.status for answer in answers] == [401, 200]


async def test_a_disk_that_takes_nothing(run_dir):
    """The sign-out holds for this process, and the answer comes all the same."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as anna:
        (run_dir / "seal.ended.new").mkdir()
        copy = anna.cookies()
        assert (await anna.post("session/end")).status == 200
        async with ClientSession() as thief:
            answer = await thief.get(f"{portal.root}session", headers={"Cookie": copy})
        assert answer.status == 401

"""`com1 disable`, where one missing word could send everybody away."""

import json
import re

from com1d.errors import EX_FAILURE, EX_OK, EX_USAGE
from frontends.harness import Terminal


def enabled(daemon) -> bool:
    """Whether the host's switch is on, as any console shows it."""
    consoles = json.loads(daemon.run("list", "--json").stdout)["consoles"]
    return all(console["enabled"] for console in consoles)


def test_the_host_is_named(daemon):
    """Without a name and without --all nothing happens but an error that says what to give."""
    done = daemon.run("disable")

    assert EX_USAGE == done.returncode
    assert b"Give its name, or --all for every console of this host" in done.stderr
    assert enabled(daemon)


def test_a_person_is_asked(daemon, guest):
    """Those who would be sent away are named, and anything but yes changes nothing."""
    arguments = ("--socket", daemon.socket)
    with Terminal(*arguments, "connect", guest.name) as seat:
        seat.shows(b"you type as root")
        with Terminal(*arguments, "disable", "--all") as owner:
            asked = owner.shows(b"Type yes to go on: ")
            owner.type(b"y\n")

            assert EX_FAILURE == owner.ends()
        assert f"{guest.name}: root has the active session".encode() in asked
        assert b"ends 1 sessions" in asked
        assert enabled(daemon)


def test_yes_means_yes(daemon):
    """The host is disabled then, and can be enabled again without a name."""
    with Terminal("--socket", daemon.socket, "disable", "--all") as owner:
        owner.shows(b"Type yes to go on: ")
        owner.type(b"yes\n")

        assert EX_OK == owner.ends()
    assert not enabled(daemon)
    assert EX_OK == daemon.run("enable", "--all").returncode
    assert enabled(daemon)


def test_who_disabled_it_and_when_by_the_local_clock(daemon, guest):
    """People read the hour, programs the whole time in UTC."""
    assert EX_OK == daemon.run("disable", guest.name).returncode
    told = daemon.run("paste", guest.name, input=b"x").stderr.decode()
    exact = json.loads(daemon.run("--json", "paste", guest.name, input=b"x").stderr)

    assert re.search(r"is disabled by root.* at (\w{3} )?\d\d:\d\d\. ", told)
    assert re.search(r" at \d{4}-\d\d-\d\dT[\d:.]+Z", exact["detail"])
    assert EX_OK == daemon.run("enable", guest.name).returncode

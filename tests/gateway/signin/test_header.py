"""A proxy in front says who asks: believed from listed addresses alone."""

from ipaddress import ip_network

import pytest

from com1d.config import RoleConfig
from com1d.gateway.settings.ways import HeaderConfig
from gateway.portal import opened, problem
from house import events


HERE = (ip_network("127.0.0.0/8"),)
ELSEWHERE = (ip_network("192.0.2.0/24"),)
ROLES = (RoleConfig("user", "anna", "reader", "*"), RoleConfig("group", "ops", "owner", "*"))


async def test_a_listed_proxy_is_believed(run_dir):
    """Name, groups and second factor are its headers', for requests and streams."""
    tables = {"header": HeaderConfig(addresses=HERE, logout="https://login.example/out")}
    host = {"require_mfa": True}
    async with opened(run_dir, "vm", roles=ROLES, tables=tables, host=host) as portal:
        said = {"X-Remote-User": "anna", "X-Remote-Groups": "staff, ops", "X-Remote-Mfa": "true"}
        async with portal.browser() as browser:
            session = await (await browser.get("session", headers=said)).json()
            assert ("anna", True, True) == (
                session["user"], session["second_factor"], session["sign_out"]
            )  # fmt: skip
            answer = await browser.post("v1/consoles/vm/disconnect", headers=said)
            assert 200 == answer.status
            async with browser.stream("v1/consoles/vm/attach", **said) as stream:
                seen, _ = await events(stream, "attached")
                assert "anna" == seen[0]["user"]
            out = await (await browser.post("session/end", headers=said)).json()
            assert {"url": "https://login.example/out"} == out
            assert (await browser.get("session")).status == 401


async def test_others_are_refused(run_dir):
    """A header from another address signs nobody in, and is not passed over in silence."""
    tables = {"header": HeaderConfig(addresses=ELSEWHERE)}
    async with opened(run_dir, "vm", roles=ROLES, tables=tables) as portal:
        forged = {"X-Remote-User": "anna", "X-Forwarded-For": "192.0.2.1"}
        async with portal.signed_in("bert") as browser:
            for path in ("session", "v1/consoles"):
                answer = await browser.get(path, headers=forged)
                assert (403, "forbidden") == await problem(answer)
            assert (await browser.get("session")).status == 200


@pytest.mark.parametrize("name", ["", "anna,root", "anna:x", " ", "a" * 257, "an\u200bna"])
async def test_what_is_no_name(run_dir, name):
    """What the daemon would not take as a name is refused here."""
    tables = {"header": HeaderConfig(addresses=HERE)}
    async with opened(run_dir, tables=tables) as portal, portal.browser() as browser:
        answer = await browser.get("session", headers={"X-Remote-User": name})
        assert answer.status in (400, 403)


async def test_twice_is_not_once(run_dir):
    """A header that is there twice names nobody."""
    tables = {"header": HeaderConfig(addresses=HERE)}
    async with opened(run_dir, tables=tables) as portal, portal.browser() as browser:
        said = [("X-Remote-User", "anna"), ("X-Remote-User", "root")]
        answer = await browser.get("session", headers=said)
        assert (403, "forbidden") == await problem(answer)

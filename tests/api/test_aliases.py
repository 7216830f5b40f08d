"""Other names of a console: who asks by one of them gets the console, and its name."""

import socket

import pytest

from com1d.config import DiscoverConfig, RoleConfig
from com1d.config.assembly import NOWHERE
from com1d.config.model import ConsoleConfig
from house import events, running


async def test_an_alias_is_the_console(run_dir):
    """In every path; what is told, and the audit, have its own name."""
    async with running(run_dir, "web01", aliases=("mail", "mx1")) as house:
        shown = (await house.get("/v1/consoles/mail")).json
        async with house.attach("mx1") as client:
            seen, _ = await events(client, "attached")
            busy = (await house.get("/v1/consoles/web01")).json["active"]
        off = await house.request("POST", "/v1/consoles/mail/disable")
        listed = (await house.get("/v1/consoles")).json["consoles"]
        unknown = await house.get("/v1/consoles/mx2")
    audit = (run_dir / "log" / "audit.jsonl").read_text()

    assert ("web01", ["mail", "mx1"]) == (shown["name"], shown["aliases"])
    assert "web01" == seen[-1]["console"]
    assert busy is not None
    assert 200 == off.status
    assert [("web01", False)] == [(one["name"], one["enabled"]) for one in listed]
    assert 404 == unknown.status
    assert '"mail"' not in audit
    assert '"web01"' in audit


@pytest.mark.parametrize("scope", ["mail", "mx*"])
async def test_roles_go_by_the_consoles_own_name(run_dir, scope):
    """An alias gives nobody a role, and does not tell that the console is there."""
    role = RoleConfig("uid", 0, "owner", scope)
    async with running(run_dir, "web01", aliases=("mail", "mx1"), roles=(role,)) as house:
        by_alias, by_nothing = [await house.get(f"/v1/consoles/{name}") for name in ("mail", "no")]

    assert 404 == by_alias.status == by_nothing.status
    assert by_nothing.json["title"] == by_alias.json["title"]


async def test_no_found_vm_takes_an_alias(run_dir):
    """Who types at mail types at web01, whatever somebody calls his VM."""
    template = ConsoleConfig("", NOWHERE, discovered="qemu")
    discover = DiscoverConfig("qemu", template, glob=f"{run_dir}/vms/*.sock")
    vms = run_dir / "vms"
    vms.mkdir()
    async with running(run_dir, "web01", aliases=("mail",), discover=(discover,)) as house:
        with socket.socket(socket.AF_UNIX) as vm, socket.socket(socket.AF_UNIX) as other:
            vm.bind(str(vms / "mail.sock"))
            other.bind(str(vms / "other.sock"))
            await house.until(lambda: "other" in house.service.consoles)

            assert "mail" not in house.service.consoles
            assert "web01" == (await house.get("/v1/consoles/mail")).json["name"]

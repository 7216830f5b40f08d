"""The commands around the gateway: `com1-web check`, `com1-web link`, `com1 open`."""

import asyncio
import json
import re
import sys
from asyncio.subprocess import PIPE
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

import pytest

from com1d.config import RoleConfig
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_OK, EX_UNAVAILABLE, EX_USAGE
from com1d.gateway.cli import run
from gateway.portal import OWNER, opened
from house import PATIENCE
from identity import act


pytestmark = pytest.mark.one_loop  # the commands are processes

ROOT = RoleConfig("user", "root", "owner", "*")
NUMBER = RoleConfig("uid", 0, "reader", "*")


class Said(NamedTuple):
    code: int
    out: str
    err: str


async def command(name: str, *words: str) -> Said:
    """Run a command as a process, beside the gateway that is in this loop."""
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).parent / name, *words, stdout=PIPE, stderr=PIPE
    )
    out, err = await asyncio.wait_for(process.communicate(), PATIENCE)
    assert process.returncode is not None
    return Said(process.returncode, out.decode(), err.decode())


async def linked(folder: Path, *words: str) -> Said:
    """Run `com1-web link` with a file that leads to the gateway here."""
    path = folder / "web.toml"
    path.write_text(f'[web]\nruntime_dir = "{folder}"\n')
    return await command("com1-web", "link", *words, "--config", str(path))


async def test_a_link_for_oneself(run_dir):
    """It is printed alone on stdout, signs its reader in by his name, and says until when."""
    async with opened(run_dir, "vm", roles=(ROOT,)) as portal, portal.browser() as browser:
        said = await linked(run_dir)
        url, _, token = said.out.strip().partition("#")

        assert (EX_OK, f"{portal.url.text}link") == (said.code, url)
        assert "Signs root in, once, within 5 minutes." in said.err
        assert (await browser.post("link", json={"token": token})).status == 200
        assert "root" == (await (await browser.get("session")).json())["user"]


async def test_a_link_as_a_picture(run_dir):
    """With --qr a telephone can read it: some thirty lines of half blocks above the link."""
    async with opened(run_dir, "vm", roles=(ROOT,)):
        *picture, url = (await linked(run_dir, "--qr")).out.splitlines()

    assert "#" in url
    assert len([line for line in picture if re.search("[█▀▄]", line)]) > 15


async def test_what_com1d_lacks_is_said(run_dir):
    """A user who would see nothing reads which lines of com1d.toml would mend that."""
    async with opened(run_dir, "vm", roles=(OWNER,)):
        said = await linked(run_dir, "--for", "bert")

    assert EX_OK == said.code
    assert '[[roles]]\nprincipal = "user:bert"' in said.err


async def test_a_gateway_that_com1d_does_not_know(run_dir, monkeypatch):
    """It reads that [[gateways]] has to name it."""
    monkeypatch.setattr("gateway.portal.GATEWAYS", ())
    async with opened(run_dir, "vm", roles=(OWNER,)):
        assert '[[gateways]]\nuser = "root"' in (await linked(run_dir, "--for", "anna")).err


async def test_who_may_ask(run_dir):
    """Anybody who may open com1d's socket gets a link for himself, and root alone for others."""
    run_dir.chmod(0o755)
    async with opened(run_dir, "vm", host={"socket_group": "nogroup"}) as portal:
        api = portal.house.api.stat()
        shared = (api.st_gid, 0o660)
        await portal.house.until(
            lambda: shared == ((desk := portal.desk.stat()).st_gid, desk.st_mode & 0o777)
        )
        group = (api.st_gid,)
        ask = ["http", str(portal.desk), "POST", "/link"]
        (mine,) = await asyncio.to_thread(act, 65534, ask, groups=group)
        (others,) = await asyncio.to_thread(act, 65534, [*ask[:3], "/link?for=root"], groups=group)
        (shut,) = await asyncio.to_thread(act, 65533, ask)

        assert (200, "nobody") == (mine[0], json.loads(mine[1])["user"])
        assert (403, "forbidden") == (others[0], json.loads(others[1])["code"])
        assert "PermissionError" == shut


async def test_no_gateway(run_dir):
    """Without one the commands say where they looked."""
    said = await linked(run_dir)
    assert EX_UNAVAILABLE == said.code
    assert str(run_dir / "link.sock") in said.err


async def test_open(run_dir):
    """`com1 open` prints a link that leads to the console; one that is not there has none."""
    async with opened(run_dir, "vm.1", roles=(ROOT, NUMBER)) as portal:
        words = ("--socket", str(portal.house.api), "open", "--gateway", str(portal.desk))
        said = await command("com1", *words, "vm.1")
        other = await command("com1", *words, "other")
        lost = await command("com1", *words[:-1], "/nowhere", "vm.1")
        url = urlsplit(said.out.strip())
        async with portal.browser() as browser:
            answer = await browser.post("link", json={"token": url.fragment})
            assert answer.status == 200

    assert ("/link", {"view": ["console?name=vm.1"]}) == (url.path, parse_qs(url.query))
    assert "not-found" in other.err
    assert EX_UNAVAILABLE == lost.code
    assert "Is com1-web running" in lost.err


async def test_views_of_links_lead_to_the_page(run_dir):
    """What is no address below the page's URL is refused."""
    async with opened(run_dir) as portal:
        for view in ("//evil.example", "/x", "https://evil.example", "a#b", "\\evil"):
            with pytest.raises(AssertionError):
                await portal.link(f"anna&view={view.replace('#', '%23')}")


def test_check(tmp_path, capsys):
    """A right file is summed up, a wrong one told line by line."""
    path = tmp_path / "web.toml"
    path.write_text('[web]\nurl = "https://console.example/"\n')
    assert EX_OK == run(["check", "--config", str(path)])
    printed = capsys.readouterr().out
    assert "https://console.example/" in printed
    assert "without TLS" in printed

    path.write_text('[web]\nurl = "gopher://x"\nlisten = "everywhere"\n')
    assert EX_CONFIG == run(["check", "--config", str(path)])
    assert 2 == len(capsys.readouterr().err.splitlines())


def test_wrong_usage(capsys):
    """An unknown word ends with the exit code of the interface."""
    with pytest.raises(SystemExit) as ended:
        run(["fly"])
    assert EX_USAGE == ended.value.code
    assert "invalid choice: 'fly'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "lacking"), [((), "aiohttp"), ((), "joserfc"), (("link", "--qr"), "segno")]
)
async def test_without_the_extra(tmp_path, words, lacking):
    """A com1d that was installed without its web extra says how to add it; check works."""
    path = tmp_path / "web.toml"
    path.write_text("")
    program = f"import sys; sys.modules[{lacking!r}] = None; from com1d.gateway.cli import main"
    python = ("python", "-c", f"{program}; main()")

    said = await command(*python, *words, "--config", str(path))
    checked = await command(*python, "check", "--config", str(path))

    assert EX_UNAVAILABLE == said.code
    assert f"com1-web: {lacking} is missing: pip install 'com1d[web]'\n" == said.err
    assert EX_OK == checked.code


async def test_it_does_not_start_half(tmp_path):
    """A key that others can read is not used, and the reason is one line."""
    (tmp_path / "seal.key").write_bytes(bytes(32))
    (tmp_path / "seal.key").chmod(0o644)
    path = tmp_path / "web.toml"
    path.write_text(f'[web]\nseal_key = "{tmp_path}/seal.key"\nruntime_dir = "{tmp_path}"\n')

    said = await command("com1-web", "--config", str(path))

    assert EX_FAILURE == said.code
    assert "nobody else has any right to" in said.err
    assert 1 == len(said.err.splitlines())

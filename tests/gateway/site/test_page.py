"""The page: its files, its headers, and what stands there without it."""

import re

import pytest

from gateway.portal import opened


HTML = '<!doctype html>\n<html><head><script src="assets/app-1.js"></script></head></html>'


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """Put a small bundle in the place of the built one."""
    folder = tmp_path / "page"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text(HTML)
    (folder / "assets" / "app-1.js").write_text("let it = 1")
    (folder / "licenses.txt").write_text("MIT")
    monkeypatch.setattr("com1d.gateway.server.BUNDLE", folder)
    return folder


@pytest.mark.parametrize("base", ["/", "/com1/"])
async def test_every_view_is_the_page(run_dir, bundle, base):
    """Whatever is below the URL and is no file; its addresses are relative to the URL."""
    async with opened(run_dir, base=base) as portal, portal.browser() as browser:
        for view in ("", "console?name=web01.example", "log", "link", "any.thing"):
            answer = await browser.get(view)
            assert (200, "text/html") == (answer.status, answer.content_type)
            assert f'<head><base href="{base}"><script' in await answer.text()
            assert "no-cache" == answer.headers["Cache-Control"]


async def test_its_headers(run_dir, bundle):
    """No script but its own files, no frame, no sniffing, nothing told to other sites."""
    async with opened(run_dir) as portal, portal.browser() as browser:
        headers = (await browser.get("")).headers

    policy = dict(re.findall(r"([a-z-]+) ([^;]+)", headers["Content-Security-Policy"]))
    assert ("'none'", "'self'", "'none'", "'script'") == (
        policy["default-src"], policy["script-src"], policy["frame-ancestors"],
        policy["require-trusted-types-for"],
    )  # fmt: skip
    assert ("nosniff", "no-referrer", "same-origin", "com1-web") == (
        headers["X-Content-Type-Options"], headers["Referrer-Policy"],
        headers["Cross-Origin-Opener-Policy"], headers["Server"],
    )  # fmt: skip


async def test_files(run_dir, bundle):
    """Those with a hash in their names are kept for a year; what is not there is not found."""
    async with opened(run_dir) as portal, portal.browser() as browser:
        script = await browser.get("assets/app-1.js")
        assert ("text/javascript", "let it = 1") == (script.content_type, await script.text())
        assert "immutable" in script.headers["Cache-Control"]
        assert "gzip" == script.headers["Content-Encoding"]
        plain = await browser.get("assets/app-1.js", headers={"Accept-Encoding": "identity"})
        assert "Content-Encoding" not in plain.headers
        assert "MIT" == await (await browser.get("licenses.txt")).text()
        assert (await browser.get("assets/app-2.js")).status == 404
        assert (await browser.post("console")).status == 405


async def test_without_a_page(run_dir, tmp_path, monkeypatch):
    """A com1d that was installed without Node says what is missing, and the rest works."""
    monkeypatch.setattr("com1d.gateway.server.BUNDLE", tmp_path / "none")
    async with opened(run_dir) as portal, portal.browser() as browser:
        answer = await browser.get("console")
        assert 503 == answer.status
        assert "npm ci --ignore-scripts" in await answer.text()
        assert (await browser.get("healthz")).status == 200
        assert (await browser.get("session")).status == 401

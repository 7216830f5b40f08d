"""Attacks on the gateway: refused, told in the log, and the rest goes on."""

from contextlib import suppress
from io import BytesIO

import pytest
from structlog.testing import capture_logs
from websockets.exceptions import ConnectionClosed, InvalidStatus

from com1d.config import RoleConfig
from gateway.portal import OWNER, opened, problem
from house import events


ORIGINS = (
    "https://evil.example", "null", "http://127.0.0.1", "http://127.0.0.1:8524",
    "https://127.0.0.1:8523", "http://127.0.0.1:8523.evil.example", "http://localhost:8523", "",
)  # fmt: skip


async def test_another_origin(run_dir):
    """Another site's page with the user's cookie neither asks nor streams."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        with capture_logs() as lines:
            for origin in ORIGINS:
                answer = await browser.post("v1/consoles/vm/disable", headers={"Origin": origin})
                assert (403, "wrong-origin") == await problem(answer), origin
                with pytest.raises(InvalidStatus) as refused:
                    async with browser.stream("v1/consoles/vm/attach", Origin=origin):
                        pass
                assert 403 == refused.value.response.status_code, origin

        told = [line["code"] for line in lines if line["event"] == "request.refused"]
        assert ["wrong-origin"] * 2 * len(ORIGINS) == told
        console = await (await browser.get("v1/consoles/vm")).json()
        assert (True, None) == (console["enabled"], console["active"])


async def test_a_form_of_another_site(run_dir):
    """What a page may send unasked lacks X-Com1, and Sec-Fetch-Site gives it away."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        answer = await browser.post("v1/consoles/vm/disable", headers={"X-Com1": ""})
        assert (403, "wrong-origin") == await problem(answer)
        answer = await browser.get("v1/consoles", headers={"Sec-Fetch-Site": "cross-site"})
        assert (403, "wrong-origin") == await problem(answer)


async def test_nobody(run_dir):
    """Without a cookie, or with one that was edited, there is nothing but the page."""
    async with opened(run_dir, "vm") as portal:
        async with portal.browser() as browser, portal.signed_in() as anna:
            whole = anna.cookies()
            for cookie in ("", whole[:-2], whole.replace("ey", "eY", 1), "com1-sign-in=x.y.z"):
                said = {"Cookie": cookie}
                assert (401, "sign-in-needed") == await problem(
                    await browser.get("v1/consoles", headers=said)
                )
                async with browser.stream("v1/consoles/vm/attach", **said) as stream:
                    seen, _ = await events(stream, "refused")
                    await stream.wait_closed()
                assert (401, 4003) == (seen[0]["status"], stream.close_code)
            assert (await anna.get("v1/consoles/vm")).status == 200


async def test_a_cookie_after_signing_out(run_dir):
    """A copy of the cookie is worth nothing once its owner has signed out."""
    async with opened(run_dir, "vm") as portal:
        async with portal.signed_in() as anna, portal.browser() as thief:
            stolen = {"Cookie": anna.cookies()}
            assert (await thief.get("session", headers=stolen)).status == 200
            await anna.post("session/end")
            assert (await thief.get("session", headers=stolen)).status == 401


async def test_guessing_links(run_dir):
    """Ten wrong tokens in a minute, and no more are looked at from that address."""
    async with opened(run_dir, "vm") as portal, portal.browser() as browser:
        for _ in range(10):
            answer = await browser.post("link", json={"token": "guess"})
            assert (403, "link-spent") == await problem(answer)
        answer = await browser.post("link", json={"token": await portal.token()})
        assert (429, "too-many-tries") == await problem(answer)


async def test_somebody_elses_console(run_dir):
    """What one has no role on does not exist, in any way of asking."""
    roles = (OWNER, RoleConfig("user", "bert", "reader", "other"))
    async with opened(run_dir, "vm", "other", roles=roles) as portal:
        async with portal.signed_in("bert") as bert:
            for path in ("", "/log", "/boots"):
                answer = await bert.get(f"v1/consoles/vm{path}")
                assert (404, "not-found") == await problem(answer)
            assert (404, "not-found") == await problem(await bert.post("v1/consoles/vm/nmi"))
            async with bert.stream("v1/consoles/other/attach") as stream:
                seen, _ = await events(stream, "refused")
                assert (403, "forbidden") == (seen[0]["status"], seen[0]["code"])


async def test_claims_of_a_browser(run_dir):
    """What a browser says of itself in the gateway's own words does not reach the daemon."""
    async with opened(run_dir, "vm") as portal, portal.signed_in("bert") as bert:
        for header in ("Com1d-User", "Com1d-Groups", "Com1d-Mfa", "com1d-user"):
            answer = await bert.get("v1/consoles", headers={header: "anna"})
            assert [] == (await answer.json())["consoles"]


PATHS = (
    "/v1/../metrics", "/v1/consoles/%2e%2e/metrics", "/v1//consoles", "/v1/consoles/vm%2flog",
    "/v1/consoles/%00", "/v1\\consoles", "/%2e%2e/%2e%2e/etc/passwd", "/assets/../index.html",
    "/assets/..%2f..%2f__init__.py", "/v1/consoles/vm%", "/v1/consoles/vm%2", "/v1/./consoles",
    "/v1/consoles/%c0%ae%c0%ae/x%5c", "/v1/consoles;/vm/..", "//evil.example/v1/consoles",
    "/v1/consoles/%252e%252e/metrics", "/v1/consoles/vm/%2E%2e/other", "/v1/consoles/vm/..;/other",
    "/v1/consoles/\u2024\u2024/metrics", "/v1/consoles/vm?x=1/../../y#/..", "http://x/v1/../metrics",
    "*", "/v1/consoles/vm/.%2e/", "/v1/consoles/%u002e", "/ /v1/consoles",
)  # fmt: skip


async def test_tricks_with_paths(run_dir):
    """A path that servers read in two ways is none, signed in or not."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        for path in PATHS:
            head = f"GET {path} HTTP/1.1\r\nHost: x\r\nCookie: {browser.cookies()}\r\n"
            answer = await portal.raw(f"{head}Connection: close\r\n\r\n".encode())

            assert 400 == int(answer.split()[1]), path
            assert b"root:" not in answer


HEADS = (
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 10000 + b"\r\n\r\n",
    b"GET /" + b"a" * 10000 + b" HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 100 + b"\r\n",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: b\x00c\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 0x5\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n",
    b"GET / HTTP/9.9\r\nHost: x\r\n\r\n",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    b"GET / HTTP/1.1\nHost: x\n\n",
)


async def test_odd_heads(run_dir):
    """What is no clean request is refused, and nothing behind it is taken for another."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        for head in HEADS:
            answer = await portal.raw(head + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")

            assert b" 400 " in answer.split(b"\r\n")[0], head
            assert b"Server: com1-web\r\n" in answer
            assert b"\r\n\r\nok" not in answer
        assert (await browser.get("v1/consoles/vm")).status == 200


@pytest.mark.parametrize(
    ("mode", "size", "code"), [("active", (2 << 20) + 1, 1009), ("observe", 4097, 1009)]
)
async def test_oversized_frames(run_dir, mode, size, code):
    """The daemon's bounds on messages hold through the gateway, which keeps none of them."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        async with browser.stream(f"v1/consoles/vm/attach?mode={mode}") as stream:
            await events(stream, "replayed")
            with suppress(ConnectionClosed):
                await stream.send(b"x" * size)
            await stream.wait_closed()

        assert code == stream.close_code
        assert (await browser.get("v1/consoles/vm")).status == 200


async def test_bodies_have_bounds(run_dir):
    """A body over the daemon's bound is refused by its announcement, and by what comes."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        answer = await browser.post("v1/consoles/vm/paste", data=BytesIO(bytes((2 << 20) + 1)))
        assert (413, "paste-too-long") == await problem(answer)
        answer = await browser.post("link", data=b"x" * 2000)
        assert (400, "bad-request") == await problem(answer)


async def test_other_methods(run_dir):
    """Only GET, HEAD and POST are taken: nothing tells another site that it may ask."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"):
            async with browser.session.request(method, portal.root + "v1/consoles") as answer:
                assert (405, "method-not-allowed") == await problem(answer)
                assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_guests_output_is_never_a_page(run_dir):
    """A log that says it is a page is shown to nobody as one."""
    async with opened(run_dir, "vm") as portal, portal.signed_in() as browser:
        guest = portal.house.guest("vm").start()
        await portal.house.up("vm")
        guest.print(b"<script>alert(1)</script>")
        await portal.house.until(lambda: portal.house.service.consoles["vm"].ring.end == 25)
        answer = await browser.get("v1/consoles/vm/log")
        guest.stop()

        assert b"<script>alert(1)</script>" == await answer.read()
        assert "application/octet-stream" == answer.content_type
        assert "nosniff" == answer.headers["X-Content-Type-Options"]
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "no-store" == answer.headers["Cache-Control"]

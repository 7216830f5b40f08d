"""Behind Debian's nginx at a path of its own, all of it works."""

import json
import ssl

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector

from com1d.gateway.settings.values import Address
from gateway.portal import Browser, opened
from gateway.providers import free_port
from gateway.site import nginx
from house import events, read_bytes


pytestmark = [
    pytest.mark.one_loop,
    pytest.mark.skipif(nginx.program() is None, reason="needs nginx"),
]


@pytest.mark.parametrize("uri", ["", "/com1/"], ids=["as it is", "with a URI"])
async def test_at_a_path(run_dir, uri):
    """Signing in, requests, streams and refusals, whether proxy_pass names a URI or not."""
    port = free_port()
    url = Address("https", "localhost", port, "/com1/")
    async with opened(run_dir, "vm", settings={"url": url}) as portal:
        guest = portal.house.guest("vm").start()
        await portal.house.up("vm")
        upstream = portal.gateway.address[1]
        with nginx.running(run_dir, port, upstream, "/com1/", uri) as authority:
            tls = ssl.create_default_context(cafile=str(authority.path))
            async with ClientSession(
                connector=TCPConnector(ssl=tls), cookie_jar=CookieJar()
            ) as session:
                browser = Browser(session, url.text, url.origin, tls)
                page = await browser.get("console?name=vm")
                assert page.status in (200, 503)  # without Node there is no page
                answer = await browser.post("link", json={"token": await portal.token()})
                cookie = answer.headers["Set-Cookie"]
                assert cookie.startswith("__Secure-com1-sign-in=")
                assert {"Path=/com1/", "Secure"} <= set(cookie.split("; "))

                for _ in range(3):  # also on a connection that nginx keeps
                    assert (await browser.get("v1/consoles/vm")).status == 200
                    async with browser.stream("v1/consoles/vm/attach") as stream:
                        await events(stream, "replayed")
                        await stream.send(b"key")
                        assert b"key" == await guest.typed(3)
                        guest.print(b"echo")
                        assert b"echo" == await read_bytes(stream, 4)
                async with browser.stream("v1/consoles/none/attach") as stream:
                    assert "not-found" == json.loads(await stream.recv())["code"]
        guest.stop()

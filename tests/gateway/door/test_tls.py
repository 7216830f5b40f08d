"""TLS: what is spoken, certificates that change under a running gateway, and who has one."""

import asyncio
import re
import ssl
from contextlib import asynccontextmanager, nullcontext

import pytest
from aiohttp import ClientSession, CookieJar, TCPConnector
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from com1d.config import RoleConfig
from com1d.gateway.door.tls import Certificate
from com1d.gateway.settings.values import Address
from com1d.gateway.settings.ways import HeaderConfig
from gateway.door.certificates import Authority
from gateway.portal import Browser, opened
from gateway.providers import free_port
from house import PATIENCE, events, read_bytes


HTTPS = Address("https", "localhost", 8523, "/")
ROLES = (RoleConfig("user", "anna", "owner", "*"),)


def trusting(authority: Authority) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(authority.path))
    context.check_hostname = True
    return context


@asynccontextmanager
async def dialled(portal, context: ssl.SSLContext):
    """Connect, and give the streams."""
    host, port = portal.gateway.address
    reader, writer = await asyncio.open_connection(
        host, port, ssl=context, server_hostname="localhost"
    )
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def ask(streams, *lines: str, path: str = "/session") -> str:
    """Make a request on an open connection, and give the answer's head and body."""
    reader, writer = streams
    writer.write("\r\n".join((f"GET {path} HTTP/1.1", "Host: x", *lines, "", "")).encode())
    async with asyncio.timeout(PATIENCE):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = re.search(r"Content-Length: (\d+)", head)
        assert length
        return head + (await reader.readexactly(int(length[1]))).decode()


def subject(writer) -> str:
    certificate = writer.get_extra_info("peercert")
    return certificate["subject"][0][0][1]


async def test_a_certificate_changes_under_the_gateway(run_dir):
    """New connections have the new one, open ones go on; what does not fit changes nothing."""
    authority = Authority(run_dir)
    chain, key = authority.issue("first")
    settings = {"url": HTTPS, "certificate": chain, "key": key}
    async with opened(run_dir, settings=settings) as portal:
        look = portal.gateway.certificate.look
        async with dialled(portal, trusting(authority)) as before:
            assert "first" == subject(before[1])
            assert "__Host-" not in await ask(before)

            other_chain, other_key = authority.issue("second")
            chain.write_bytes(other_chain.read_bytes())
            assert "ok" != await asyncio.to_thread(look)  # half of the pair
            async with dialled(portal, trusting(authority)) as half:
                assert "first" == subject(half[1])
            assert await asyncio.to_thread(look) is None  # told once
            key.write_bytes(other_key.read_bytes())
            assert "ok" == await asyncio.to_thread(look)
            async with dialled(portal, trusting(authority)) as after:
                assert "second" == subject(after[1])
                assert "sign_in" in await ask(after)

            key.unlink()
            assert "ok" != await asyncio.to_thread(look)
            assert "sign_in" in await ask(before)
            async with dialled(portal, trusting(authority)) as still:
                assert "second" == subject(still[1])


def halves(whole: bytes) -> list[bytes]:
    """Cut a file where a writer may be when it is read."""
    return [whole[: len(whole) * part // 8] for part in range(8)]


def test_half_written_files_change_nothing(run_dir):
    """Cut anywhere, of no sense, or locked with a passphrase: said, and the old pair stays."""
    authority = Authority(run_dir)
    chain, key = authority.issue("first")
    certificate = Certificate(chain, key)
    first = certificate.context
    new_chain, new_key = (path.read_bytes() for path in authority.issue("second"))
    loaded = load_pem_private_key(new_key, None)
    passphrase = BestAvailableEncryption(b"secret")
    locked = loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, passphrase)
    for data in (*halves(new_key), b"\0" * 4096, locked):
        chain.write_bytes(new_chain)
        key.write_bytes(data)
        assert certificate.look() not in ("ok", None), data
        assert certificate.context is first
    key.write_bytes(new_key)
    for data in halves(new_chain):
        chain.write_bytes(data)
        assert certificate.look() not in ("ok", None), data
        assert certificate.context is first
    chain.write_bytes(new_chain)
    assert certificate.look() == "ok"
    assert certificate.context is not first


async def test_old_tls_is_not_spoken(run_dir):
    """TLS 1.2 is the oldest; and a browser without TLS gets nothing."""
    authority = Authority(run_dir)
    chain, key = authority.issue("web")
    settings = {"url": HTTPS, "certificate": chain, "key": key}
    async with opened(run_dir, settings=settings) as portal:
        for version, spoken in (
            (ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True),
            (ssl.TLSVersion.TLSv1_3, True),
        ):  # fmt: skip
            context = trusting(authority)
            context.set_ciphers("ALL:@SECLEVEL=0")
            with nullcontext() if spoken else pytest.warns(DeprecationWarning, match="TLSv1_1"):
                context.minimum_version = context.maximum_version = version
            if spoken:
                async with dialled(portal, context) as streams:
                    assert "sign_in" in await ask(streams)
            else:
                with pytest.raises((ssl.SSLError, ConnectionError)):
                    async with dialled(portal, context):
                        pass
        reader, writer = await asyncio.open_connection(*portal.gateway.address)
        writer.write(b"GET /session HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP" not in await asyncio.wait_for(reader.read(), PATIENCE)
        writer.close()


async def test_the_cookie_has_its_prefix(run_dir):
    """With TLS the cookie is Secure, and no other site can set it."""
    authority = Authority(run_dir)
    chain, key = authority.issue("web")
    settings = {"url": HTTPS, "certificate": chain, "key": key}
    async with opened(run_dir, settings=settings) as portal:
        token = (await portal.token()).encode()
        body = b'{"token":"' + token + b'"}'
        async with dialled(portal, trusting(authority)) as (reader, writer):
            writer.write(
                b"POST /link HTTP/1.1\r\nHost: x\r\nOrigin: https://localhost:8523\r\nX-Com1: 1\r\n"
                b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
            )
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)).decode()

    (cookie,) = [line for line in head.split("\r\n") if line.startswith("Set-Cookie")]
    assert cookie.startswith("Set-Cookie: __Host-com1-sign-in=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


async def test_streams_over_tls(run_dir):
    """A burst comes whole, a key goes through, and a slow reader holds only itself up."""
    authority = Authority(run_dir)
    chain, key = authority.issue("web")
    port = free_port()
    url = Address("https", "localhost", port, "/")
    settings = {"url": url, "listen": ("127.0.0.1", port), "certificate": chain, "key": key}
    tls = trusting(authority)
    async with opened(run_dir, "vm", settings=settings, scrollback=1 << 20) as portal:
        async with ClientSession(
            connector=TCPConnector(ssl=tls), cookie_jar=CookieJar()
        ) as session:
            browser = Browser(session, url.text, url.origin, tls)
            answer = await browser.post("link", json={"token": await portal.token()})
            assert answer.status == 200
            guest = portal.house.guest("vm").start()
            await portal.house.up("vm")
            async with browser.stream("v1/consoles/vm/attach?window=1048576") as stream:
                await events(stream, "replayed")
                stream.transport.pause_reading()
                await guest.print_all(bytes(range(256)) * 2048)
                await stream.send(b"key")
                assert b"key" == await guest.typed(3)
                stream.transport.resume_reading()
                assert bytes(range(256)) * 2048 == await read_bytes(stream, 256 * 2048)
                await portal.gateway.relays.close()
                await stream.wait_closed()
                assert 1012 == stream.close_code
            guest.stop()


async def test_a_proxy_with_a_certificate_is_believed(run_dir):
    """Whoever has one by the configured authority says who asks; nobody else does."""
    authority, others = Authority(run_dir), Authority(run_dir, "others")
    chain, key = authority.issue("web")
    settings = {"url": HTTPS, "certificate": chain, "key": key}
    tables = {"header": HeaderConfig(client_ca=authority.path)}
    async with opened(run_dir, "vm", roles=ROLES, settings=settings, tables=tables) as portal:
        proxy = trusting(authority)
        proxy.load_cert_chain(*authority.issue("proxy"))
        async with dialled(portal, proxy) as streams:
            said = await ask(streams, "X-Remote-User: anna", "X-Remote-Mfa: true")
            assert '"user": "anna"' in said
            assert '"second_factor": true' in said
        async with dialled(portal, trusting(authority)) as streams:
            assert " 403 " in await ask(streams, "X-Remote-User: anna")
        stranger = trusting(authority)
        stranger.load_cert_chain(*others.issue("stranger"))
        with pytest.raises((ssl.SSLError, ConnectionError, asyncio.IncompleteReadError)):
            async with dialled(portal, stranger) as streams:
                await ask(streams, "X-Remote-User: anna")

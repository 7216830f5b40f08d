"""The provider as the gateway asks it: its metadata, its keys, and codes for tokens."""

import asyncio
import base64
import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote_plus, urlsplit

from aiohttp import ClientError, ClientSession, ClientTimeout
from aiohttp.cookiejar import DummyCookieJar
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from com1d.errors import Com1Error
from com1d.gateway.settings.values import is_loopback
from com1d.gateway.settings.ways import OidcConfig


ANSWER_BYTES: Final = 1024 * 1024
"""Bytes of one answer; metadata and keys take some 10 KiB."""

PATIENCE: Final = ClientTimeout(total=10.0)
"""For one answer. Whoever signs in waits meanwhile."""

METADATA_SECONDS: Final = 3600.0
"""How long the metadata are believed, and the keys: one that was withdrawn counts no longer."""

KEYS_SECONDS: Final = 60.0
"""Between two fetches of the keys: a token with an unknown key must not cost more than one."""

AT_ONCE: Final = 8
"""Questions at the same time; more wait."""


class ProviderError(Com1Error):
    """The provider cannot be used now. The text says why; it is for the log alone."""


class Provider:
    """One identity provider. `now` is the loop's time throughout."""

    def __init__(self, config: OidcConfig, secret: str) -> None:
        """Ask nothing yet. Made and closed inside the event loop; `secret` is empty for none."""
        self._config = config
        self._secret = secret
        self._http = ClientSession(
            timeout=PATIENCE, cookie_jar=DummyCookieJar(), connector_owner=True
        )
        self._at_once = asyncio.Semaphore(AT_ONCE)
        self._metadata: dict[str, Any] = {}
        self._metadata_at = float("-inf")
        self._keys: KeySet | None = None
        self._keys_at = float("-inf")
        self._asking = asyncio.Lock()

    async def close(self) -> None:
        """End what is under way."""
        await self._http.close()

    async def metadata(self, now: float) -> Mapping[str, Any]:
        """Give the metadata (OpenID Connect Discovery). Raises `ProviderError`."""
        async with self._asking:
            if now - self._metadata_at > METADATA_SECONDS:
                issuer = self._config.issuer
                url = f"{issuer.removesuffix('/')}/.well-known/openid-configuration"
                metadata = await self._ask("GET", url)
                if metadata.get("issuer") != issuer:
                    raise ProviderError(f"it calls itself {metadata.get('issuer')!r}")
                self._metadata, self._metadata_at = metadata, now
            return self._metadata

    async def endpoint(self, name: str, now: float) -> str:
        """Give the address of an endpoint. Raises `ProviderError` where it has none."""
        if (url := _endpoint(await self.metadata(now), name)) is None:
            raise ProviderError(f"it has no {name} that can be used")
        return url

    async def keys(self, now: float, *, fresh: bool = False) -> KeySet | None:
        """Give its keys; None where they are to be `fresh` and were fetched a moment ago."""
        url = await self.endpoint("jwks_uri", now)
        async with self._asking:
            old = now - self._keys_at > KEYS_SECONDS
            if fresh and not old:
                return None
            if self._keys is None or fresh or now - self._keys_at > METADATA_SECONDS:
                self._keys, self._keys_at = None, now
                try:
                    self._keys = KeySet.import_key_set(await self._ask("GET", url))  # type: ignore[arg-type]
                except (JoseError, ValueError, KeyError, TypeError) as error:
                    raise ProviderError(f"its keys cannot be read: {error}") from error
            return self._keys

    async def redeem(self, code: str, verifier: str, callback: str, now: float) -> dict[str, Any]:
        """Turn a code into tokens. Raises `ProviderError`."""
        metadata = await self.metadata(now)
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": callback,
            "code_verifier": verifier,
        }
        ways = metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        basic = bool(self._secret) and "client_secret_basic" in ways
        if not basic:
            form["client_id"] = self._config.client_id
            if self._secret:
                form["client_secret"] = self._secret
        headers = {"Authorization": self._basic()} if basic else {}
        address = await self.endpoint("token_endpoint", now)
        return await self._ask("POST", address, form, headers=headers)

    def _basic(self) -> str:
        """Give the client's own credentials (RFC 6749, 2.3.1)."""
        pair = f"{quote_plus(self._config.client_id)}:{quote_plus(self._secret)}"
        return f"Basic {base64.b64encode(pair.encode()).decode()}"

    async def userinfo(self, token: str, now: float) -> dict[str, Any]:
        """Give the claims that the ID token leaves out. Raises `ProviderError`."""
        url = await self.endpoint("userinfo_endpoint", now)
        return await self._ask("GET", url, headers={"Authorization": f"Bearer {token}"})

    async def _ask(
        self, method: str, url: str, form: dict[str, str] | None = None, **options: Any
    ) -> dict[str, Any]:
        try:
            async with (
                self._at_once,
                self._http.request(
                    method, url, data=form, allow_redirects=False, **options
                ) as answer,
            ):
                body = await answer.content.read(ANSWER_BYTES + 1)
                while not answer.content.at_eof() and len(body) <= ANSWER_BYTES:
                    body += await answer.content.read(ANSWER_BYTES + 1 - len(body))
        except (ClientError, TimeoutError, OSError) as error:
            raise ProviderError(f"{url}: {type(error).__name__} {error}") from error
        if answer.status != HTTPStatus.OK or len(body) > ANSWER_BYTES:
            raise ProviderError(f"{url} answered {answer.status}: {body[:200]!r}")
        try:
            members = json.loads(body)
        except (ValueError, RecursionError):
            members = None
        if not isinstance(members, dict):
            raise ProviderError(f"{url} answered no JSON object")
        return members


def _endpoint(metadata: Mapping[str, Any], name: str) -> str | None:
    """Give an address of the metadata, unless it leads over a network without TLS."""
    url = metadata.get(name)
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    return url if safe and parts.hostname else None

"""The way of a browser to the provider and back (code flow, PKCE S256, state, nonce, iss)."""

import base64
import hashlib
import secrets
import time
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from com1d.gateway.messages import is_view
from com1d.gateway.settings.values import Address
from com1d.gateway.settings.ways import OidcConfig
from com1d.gateway.signin.oidc.person import user_of
from com1d.gateway.signin.oidc.provider import Provider, ProviderError
from com1d.gateway.signin.oidc.tokens import (
    Expected,
    TokenRefusedError,
    UnknownKeyError,
    proven,
)
from com1d.gateway.signin.seal import Seal
from com1d.gateway.signin.signins import cookie_name, set_cookie
from com1d.gateway.signin.user import User
from com1d.values import dataclass


FLOW_SECONDS: Final = 600.0
"""How long one may take at the provider."""

_KIND: Final = "oidc"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody who came back from the provider."""

    user: User
    until: float
    """When the provider's word ends, seconds of the epoch."""
    view: str
    """What he wanted to see, below the page's URL."""


class Flow:
    """Sends browsers to the provider, and takes them back. What it has to know is in a cookie."""

    def __init__(self, config: OidcConfig, url: Address, seal: Seal, provider: Provider) -> None:
        self._config = config
        self._url = url
        self._seal = seal
        self._provider = provider
        self._callback = f"{url.text}sign-in/oidc/callback"
        self._cookie = cookie_name("com1-oidc", url)

    async def begin(self, view: str, now: float) -> web.Response:
        """Send a browser to the provider. Raises `ProviderError`."""
        state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest())
        query = {
            "response_type": "code",
            "client_id": self._config.client_id,
            "redirect_uri": self._callback,
            "scope": " ".join(self._config.scopes),
            "state": state,
            "nonce": nonce,
            "code_challenge": challenge.rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        if self._config.second_factor_acr:
            query["acr_values"] = " ".join(self._config.second_factor_acr)
        address = await self._provider.endpoint("authorization_endpoint", now)
        response = _moved(f"{address}{'&' if '?' in address else '?'}{urlencode(query)}")
        claims = {
            "state": state,
            "nonce": nonce,
            "verifier": verifier,
            "view": view if is_view(view) else "",
        }
        sealed = self._seal.close(_KIND, claims, time.time() + FLOW_SECONDS)
        # Lax, since the browser comes back from another site; it is worth nothing without its code.
        set_cookie(response, self._cookie, sealed, self._url, FLOW_SECONDS, "Lax")
        return response

    async def finish(self, request: web.BaseRequest, now: float) -> Arrival:
        """Take a browser back. Raises `TokenRefusedError` and `ProviderError`."""
        sealed = request.cookies.get(self._cookie, "")
        began = self._seal.open(_KIND, sealed, time.time()) if sealed else None
        query = request.query
        if began is None:
            raise TokenRefusedError("this browser was not sent to the provider, or long ago")
        if not secrets.compare_digest(query.get("state", "").encode(), began["state"].encode()):
            raise TokenRefusedError("state is another one")
        await self._demand_issuer(query.get("iss"), now)
        if "error" in query or "code" not in query:
            raise ProviderError(f"it says {query.get('error', 'nothing')!r}"[:100])
        tokens = await self._provider.redeem(query["code"], began["verifier"], self._callback, now)
        claims = await self._claims(tokens, began["nonce"], now)
        return Arrival(user_of(claims, self._config), float(claims["exp"]), began["view"])

    def forget(self, response: web.StreamResponse) -> None:
        """Take the cookie of the way back, so that it serves once."""
        set_cookie(response, self._cookie, "", self._url, 0, "Lax")

    def back(self, arrival: Arrival) -> web.Response:
        """Send a browser on to what it wanted."""
        return _moved(f"{self._url.base}{arrival.view}")

    async def logout(self, now: float) -> str | None:
        """Give the address at which the provider signs out, None where it has none."""
        try:
            address = await self._provider.endpoint("end_session_endpoint", now)
        except ProviderError:
            return None
        query = {"client_id": self._config.client_id, "post_logout_redirect_uri": self._url.text}
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}"

    async def _demand_issuer(self, issuer: str | None, now: float) -> None:
        """Raise `TokenRefusedError` where the answer is another provider's (RFC 9207)."""
        metadata = await self._provider.metadata(now)
        announced = metadata.get("authorization_response_iss_parameter_supported") is True
        if issuer != self._config.issuer and (issuer is not None or announced):
            raise TokenRefusedError(f"the answer is of {issuer!r}"[:200])

    async def _claims(self, tokens: dict[str, Any], nonce: str, now: float) -> dict[str, Any]:
        """Give the claims of the tokens' owner, also those that are told only when asked for."""
        token = tokens.get("id_token")
        if not isinstance(token, str):
            raise TokenRefusedError("there is no ID token")
        claims = await self._proven(token, nonce, now)
        lacking = {self._config.user_claim, self._config.groups_claim} - claims.keys()
        access = tokens.get("access_token")
        if lacking and isinstance(access, str):
            try:
                told = await self._provider.userinfo(access, now)
            except ProviderError:
                return claims  # what is there may do
            if told.get("sub") != claims["sub"]:
                raise TokenRefusedError("userinfo is about somebody else")
            claims |= {name: told[name] for name in lacking | {"name"} if name in told}
        return claims

    async def _proven(self, token: str, nonce: str, now: float) -> dict[str, Any]:
        config = self._config
        expected = Expected(config.issuer, config.client_id, nonce, config.algorithms)
        keys = await self._provider.keys(now)
        assert keys is not None  # noqa: S101 - only fresh ones may be none
        try:
            return proven(token, keys, expected, time.time())
        except UnknownKeyError:
            if (keys := await self._provider.keys(now, fresh=True)) is None:
                raise
        return proven(token, keys, expected, time.time())


def _moved(address: str) -> web.Response:
    return web.Response(status=303, headers={"Location": address, "Cache-Control": "no-store"})

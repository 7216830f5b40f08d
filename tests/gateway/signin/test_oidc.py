"""Signing in at an identity provider: two real ones, and one that lies."""

import base64
import hmac
import json
import time

import pytest
from aiohttp import ClientSession
from joserfc import jwt
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry

from com1d.config import RoleConfig
from com1d.gateway.settings.values import Address
from com1d.gateway.signin.oidc import provider as keys_of_a_provider
from gateway.portal import Browser, Portal, opened
from gateway.providers import (
    CLIENT,
    Rogue,
    at_the_certified,
    at_the_mock,
    certified,
    free_port,
    mock,
    oidc,
    query_of,
    rogue,
    secretly,
)


pytestmark = pytest.mark.one_loop  # the providers are processes, or answer once

OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"})


async def begin(browser: Browser, view: str = "") -> str:
    """Set out for the provider, and give its address with the query."""
    answer = await browser.get(f"sign-in/oidc?view={view}", allow_redirects=False)
    assert answer.status == 303
    return answer.headers["Location"]


def back(portal: Portal, address: str) -> str:
    """Give the path of an address that leads back to the gateway."""
    assert address.startswith(portal.url.text)
    return address.removeprefix(portal.url.text)


async def session_of(browser: Browser) -> dict:
    """Give who is signed in; empty for nobody."""
    answer = await browser.get("session")
    return await answer.json() if answer.status == 200 else {}


async def test_the_mock_signs_in(run_dir, tmp_path):
    """Name, groups and second factor are the provider's; it leads to the view, and out again."""
    with mock(tmp_path, groups=["ops"], amr=["pwd", "mfa"], name="Anna Example") as issuer:
        async with opened(
            run_dir, "vm", roles=(RoleConfig("group", "ops", "owner", "*"),),
            tables=secretly(issuer, tmp_path), host={"require_mfa": True},
        ) as portal, portal.browser() as browser:  # fmt: skip
            told = await (await browser.get("session")).json()
            assert ["oidc", "link"] == [way["kind"] for way in told["sign_in"]]
            address = await at_the_mock(browser.session, await begin(browser, "console%3Fname=vm"))
            answer = await browser.get(back(portal, address), allow_redirects=False)
            assert (303, "/console?name=vm") == (answer.status, answer.headers["Location"])

            session = await session_of(browser)
            assert ("anna", "Anna Example", True) == (
                session["user"], session["name"], session["second_factor"]
            )  # fmt: skip
            assert (await browser.get("v1/consoles/vm")).status == 200
            out = await (await browser.post("session/end")).json()
            assert out["url"].startswith(f"{issuer}/oauth2/end_session?client_id=com1")
            assert not await session_of(browser)


async def test_a_certified_provider_signs_in(run_dir, tmp_path):
    """With its own forms, PKCE, `iss`, and a name that only userinfo tells; a code counts once."""
    port = free_port()
    url = Address("http", "127.0.0.1", port, "/")
    settings = {"url": url, "listen": ("127.0.0.1", port)}
    with certified(tmp_path, f"{url.text}sign-in/oidc/callback") as issuer:
        tables = secretly(issuer, tmp_path)
        async with opened(
            run_dir, "vm", roles=(RoleConfig("group", "ops", "owner", "*"),), tables=tables,
            settings=settings,
        ) as portal, portal.browser() as browser:  # fmt: skip
            there = await begin(browser)
            stolen = browser.cookies()
            address = await at_the_certified(browser.session, there, "anna")
            assert issuer == query_of(address)["iss"]
            answer = await browser.get(back(portal, address), allow_redirects=False)
            assert (303, "/") == (answer.status, answer.headers["Location"])

            session = await session_of(browser)
            assert ("anna", "anna of the test") == (session["user"], session["name"])
            assert (await browser.get("v1/consoles/vm")).status == 200
            async with ClientSession(headers={"Cookie": stolen}) as thief:
                assert 502 == (await thief.get(address)).status  # the provider refuses the code


@pytest.mark.parametrize(
    ("claims", "settings", "vouched"),
    [
        ({"amr": ["pwd"]}, {}, False),
        ({"amr": ["mfa"]}, {}, True),
        ({"acr": "gold"}, {"second_factor_acr": ("gold",)}, True),
        ({"acr": "silver"}, {"second_factor_acr": ("gold",)}, False),
        ({}, {}, False),
    ],
)
async def test_what_is_a_second_factor(run_dir, claims, settings, vouched):
    """Only what is configured as one, in amr or acr."""
    async with rogue(claims=claims) as provider:
        tables = oidc(provider.issuer, **settings)
        async with opened(run_dir, tables=tables) as portal, portal.browser() as browser:
            assert 303 == await arrive(provider, portal, browser)
            assert vouched == (await session_of(browser))["second_factor"]


async def arrive(provider: Rogue, portal: Portal, browser: Browser, **changed: str) -> int:
    """Go to a lying provider and back, and give the status of the arrival."""
    sent = query_of(await begin(browser))
    provider.nonce = sent["nonce"]
    query = {"code": "a code", "state": sent["state"]} | changed
    answer = await browser.get("sign-in/oidc/callback", params=query, allow_redirects=False)
    return answer.status


NOW = int(time.time())
LIES = {
    "expired": {"exp": NOW - 120},
    "issued long ago": {"iat": NOW - 3600},
    "issued in the future": {"iat": NOW + 3600},
    "not valid yet": {"nbf": NOW + 3600},
    "another audience": {"aud": "somebody else"},
    "several audiences, and for another": {"aud": [CLIENT, "other"], "azp": "other"},
    "several audiences, and for nobody": {"aud": [CLIENT, "other"]},
    "another issuer": {"iss": "https://evil.example"},
    "another nonce": {"nonce": "of another sign-in"},
    "no nonce": {"nonce": ...},
    "no subject": {"sub": ...},
    "no end": {"exp": ...},
    "an end that is no time": {"exp": "never"},
    "an end that no time reaches": {"exp": float("inf")},
    "an end that is no number": {"exp": float("nan")},
    "an end that is true": {"exp": True},
    "a beginning and no end": {"exp": ..., "nbf": NOW - 60},
    "a beginning and no issue": {"iat": ..., "nbf": NOW - 60},
    "a beginning that is no time": {"nbf": [NOW]},
    "no audience": {"aud": ...},
    "an audience in an audience": {"aud": [[CLIENT]]},
    "a subject that is a number": {"sub": 4711},
    "no name": {"preferred_username": ...},
    "a name that is two": {"preferred_username": "anna,root"},
    "a name with a line end": {"preferred_username": "anna\r\nCom1d-Mfa: true"},
    "a name that is a list": {"preferred_username": ["anna"]},
}


@pytest.mark.parametrize("claims", LIES.values(), ids=LIES)
async def test_wrong_claims_are_refused(run_dir, claims):
    """A token that is signed rightly and says something wrong signs nobody in."""
    async with rogue(claims=claims) as provider:
        async with opened(run_dir, tables=oidc(provider.issuer)) as portal:
            async with portal.browser() as browser:
                assert 403 == await arrive(provider, portal, browser)
                assert not await session_of(browser)


def encoded(*parts: dict) -> str:
    texts = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts)
    return ".".join(text.rstrip(b"=").decode() for text in texts)


def unsigned(provider: Rogue) -> str:
    return encoded({"alg": "none", "kid": "one"}, provider.right_claims()) + "."


def by_the_public_key(provider: Rogue) -> str:
    """Sign with the public key as if it were a shared secret: the classic confusion."""
    secret = provider.key.as_pem(private=False)
    signed = encoded({"alg": "HS256", "kid": "one"}, provider.right_claims())
    signature = hmac.digest(secret, signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


def by_another_key(provider: Rogue) -> str:
    head = {"alg": "RS256", "kid": "one"}
    return jwt.encode(head, provider.right_claims(), OTHER_KEY)


def edited(provider: Rogue) -> str:
    head, body, signature = provider.sign().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    claims["preferred_username"] = "root"
    forged = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{forged}.{signature}"


def with_its_own_key(provider: Rogue) -> str:
    """Bring the key along, and say where more of them are: RFC 7515 lets a token do so."""
    head = {
        "alg": "RS256", "kid": "one", "jwk": OTHER_KEY.as_dict(private=False),
        "jku": "http://127.0.0.1:9/keys", "x5u": "http://127.0.0.1:9/chain",
    }  # fmt: skip
    return jwt.encode(head, provider.right_claims(), OTHER_KEY)


def unsigned_in_the_right_head(provider: Rogue) -> str:
    """Keep the right head, and leave the signature away."""
    return provider.sign().rpartition(".")[0] + "."


def of_what_must_be_understood(provider: Rogue) -> str:
    """Mark as critical what nobody knows: whoever does not understand it has to refuse."""
    head = encoded({"alg": "RS256", "kid": "one", "crit": ["all"], "all": True})
    body = encoded(provider.right_claims())
    signature = JWSRegistry().get_alg("RS256").sign(f"{head}.{body}".encode(), provider.key)
    return f"{head}.{body}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"


FORGERIES = {
    "with its own key": with_its_own_key,
    "the signature left away": unsigned_in_the_right_head,
    "critical, and unknown": of_what_must_be_understood,
    "a number": lambda _: 4711,
    "alg none": unsigned,
    "the public key as a secret": by_the_public_key,
    "another key": by_another_key,
    "edited": edited,
    "no token": lambda _: "",
    "three dots": lambda _: "...",
    "a list": lambda provider: jwt.encode({"alg": "RS256"}, {}, provider.key)[:-9],
}


@pytest.mark.parametrize("forge", FORGERIES.values(), ids=FORGERIES)
async def test_forged_tokens_are_refused(run_dir, forge):
    """What the provider's own key has not signed, by an allowed algorithm, proves nothing."""
    async with rogue() as provider:
        async with opened(run_dir, tables=oidc(provider.issuer)) as portal:
            async with portal.browser() as browser:
                sent = query_of(await begin(browser))
                provider.nonce = sent["nonce"]
                provider.token = forge(provider)
                answer = await browser.get(
                    "sign-in/oidc/callback", params={"code": "a code", "state": sent["state"]},
                    allow_redirects=False,
                )  # fmt: skip
                assert 403 == answer.status
                assert "Set-Cookie" in answer.headers  # which takes the cookie of the way back
                assert not await session_of(browser)


async def test_state_and_issuer_bind_the_answer(run_dir):
    """Another state, another browser, another provider's answer: refused."""
    async with rogue(metadata={"authorization_response_iss_parameter_supported": True}) as provider:
        async with opened(run_dir, tables=oidc(provider.issuer)) as portal:
            for changed in ({"state": "other"}, {"iss": "https://evil.example"}, {}):
                async with portal.browser() as browser:
                    assert 403 == await arrive(provider, portal, browser, **changed)
            async with portal.browser() as browser, portal.browser() as victim:
                sent = query_of(await begin(browser))
                query = {"code": "a code", "state": sent["state"], "iss": provider.issuer}
                answer = await victim.get("sign-in/oidc/callback", params=query)
                assert (403, {}) == (answer.status, await session_of(victim))
            async with portal.browser() as browser:
                assert 303 == await arrive(provider, portal, browser, iss=provider.issuer)


async def test_an_answer_counts_once(run_dir, tmp_path):
    """The same address a second time finds no way back, and the provider knows no such code."""
    with mock(tmp_path) as issuer:
        async with (
            opened(run_dir, tables=secretly(issuer, tmp_path)) as portal,
            portal.browser() as browser,
        ):
            address = await at_the_mock(browser.session, await begin(browser))
            stolen = browser.cookies()
            assert 303 == (await browser.get(back(portal, address), allow_redirects=False)).status
            again = await browser.get(back(portal, address))
            assert 403 == again.status
            async with ClientSession(headers={"Cookie": stolen}) as thief:
                answer = await thief.get(portal.root + back(portal, address))
                assert 502 == answer.status  # the provider refuses the code


async def test_keys_are_fetched_when_one_is_new(run_dir):
    """A provider that changes its key is asked again at once, and not again within a minute."""
    async with rogue() as provider:
        async with opened(run_dir, tables=oidc(provider.issuer)) as portal:
            async with portal.browser() as browser:
                assert 303 == await arrive(provider, portal, browser)
                provider.key = RSAKey.generate_key(2048, {"kid": "two"})
                assert 403 == await arrive(provider, portal, browser)  # fetched a moment ago
                assert 1 == provider.fetched.count("/keys")
                assert 1 == provider.fetched.count("/.well-known/openid-configuration")


async def test_a_new_key_is_taken(run_dir, monkeypatch):
    """A minute after the last look a token by another key has the keys looked at once more."""
    async with rogue() as provider:
        async with opened(run_dir, tables=oidc(provider.issuer)) as portal:
            async with portal.browser() as browser:
                assert 303 == await arrive(provider, portal, browser)
                provider.key = RSAKey.generate_key(2048, {"kid": "two"})
                monkeypatch.setattr(keys_of_a_provider, "KEYS_SECONDS", -1.0)
                assert 303 == await arrive(provider, portal, browser)
                assert 2 == provider.fetched.count("/keys")


async def test_keys_are_believed_for_an_hour(run_dir, monkeypatch):
    """A key that was withdrawn is forgotten, even where no new one has been seen."""
    async with rogue() as provider:
        async with opened(run_dir, tables=oidc(provider.issuer)) as portal:
            async with portal.browser() as browser:
                assert 303 == await arrive(provider, portal, browser)
                stolen, provider.key = provider.key, OTHER_KEY

                def sign() -> str:
                    head = {"alg": "RS256", "kid": stolen.kid}
                    return jwt.encode(head, provider.right_claims(), stolen)

                monkeypatch.setattr(provider, "sign", sign)
                assert 303 == await arrive(provider, portal, browser)
                monkeypatch.setattr(keys_of_a_provider, "METADATA_SECONDS", -1.0)
                assert 403 == await arrive(provider, portal, browser)


async def test_a_provider_that_is_away_is_said(run_dir):
    """The user reads that it is the provider; its own words are for the log alone."""
    tables = oidc("http://127.0.0.1:9")
    async with opened(run_dir, tables=tables) as portal, portal.browser() as browser:
        answer = await browser.get("sign-in/oidc")
        assert 502 == answer.status
        assert "identity provider does not answer" in await answer.text()
        assert (await browser.get("session")).status == 401


@pytest.mark.parametrize("view", ["//evil.example", "/\\evil.example", "https:%0d%0aX:1", "%2F%2F"])
async def test_the_view_stays_on_the_page(run_dir, view):
    """What leads elsewhere is left out."""
    async with rogue() as provider:
        async with opened(run_dir, tables=oidc(provider.issuer)) as portal:
            async with portal.browser() as browser:
                sent = query_of(await begin(browser, view))
                provider.nonce = sent["nonce"]
                answer = await browser.get(
                    "sign-in/oidc/callback", params={"code": "a code", "state": sent["state"]},
                    allow_redirects=False,
                )  # fmt: skip
                assert (303, "/") == (answer.status, answer.headers["Location"])

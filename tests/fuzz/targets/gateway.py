"""What browsers and identity providers send to the gateway, read without a network.

The first byte of the input chooses: a path, frames, a cookie, an ID token, the name of a view.
"""

import json
from collections.abc import Callable
from pathlib import PurePosixPath
from urllib.parse import unquote, urljoin, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from com1d.errors import BadRequest
from com1d.gateway.messages import is_view, plain_path
from com1d.gateway.relay.frames import Frames
from com1d.gateway.signin.oidc.tokens import Expected, TokenRefusedError, proven
from com1d.gateway.signin.seal import Seal


KEY = ECKey.generate_key("P-256", {"kid": "one"})
EXPECTED = Expected("https://login.example", "com1", "nonce", ("ES256", "RS256"))
CLAIMS = {
    "iss": EXPECTED.issuer, "aud": "com1", "nonce": "nonce", "sub": "anna", "iat": 100, "exp": 200,
}  # fmt: skip
TOKEN = jwt.encode({"alg": "ES256", "kid": "one"}, CLAIMS, KEY)
KEYS = KeySet([KEY])
SEAL = Seal(b"k" * 32)
SEALED = SEAL.close("sign-in", {"name": "anna"}, 100.0)


def path(data: bytes) -> None:
    """Expect that a path that is taken is read in one way only, by whoever reads it."""
    try:
        taken = plain_path(data.decode("latin-1"))
    except BadRequest:
        return
    plain = unquote(taken)
    assert "\0" not in plain
    assert str(PurePosixPath(plain)) == (plain.rstrip("/") or "/")
    assert ".." not in PurePosixPath(plain).parts


def frames(data: bytes) -> None:
    """Expect the same ends of frames, whatever pieces they come in."""
    whole, pieces = Frames(), Frames()
    whole.follow(data)
    for at in range(0, len(data), 3):
        pieces.follow(data[at : at + 3])
    assert (whole.between, whole.closes) == (pieces.between, pieces.closes)


def cookie(data: bytes) -> None:
    """Expect that nothing opens but what was sealed."""
    opened = SEAL.open("sign-in", data.decode("latin-1"), 50.0)
    assert opened in (None, {"name": "anna", "kind": "sign-in", "exp": 100.0})


def token(data: bytes) -> None:
    """Expect that nothing is proven but what the provider has signed."""
    try:
        claims = proven(data.decode("latin-1"), KEYS, EXPECTED, 150.0)
    except TokenRefusedError:
        return
    assert claims == CLAIMS


def view(data: bytes) -> None:
    """Expect that a view never leads to another site."""
    text = data.decode("latin-1")
    if is_view(text):
        assert "console.example" == urlsplit(urljoin("https://console.example/a/", text)).netloc


READERS: tuple[Callable[[bytes], None], ...] = (path, frames, cookie, token, view)


def target(data: bytes) -> None:
    """Hold the promises."""
    if data:
        READERS[data[0] % len(READERS)](data[1:])


SEEDS = [
    b"\x00/v1/consoles/web01/log?boot=-1",
    b"\x00/v1/consoles/%c3%a4/%2e%2e//",
    b"\x01\x81\x05hello\x88\x02\x03\xe8",
    b"\x01\x82\x7e\x01\x00" + bytes(256),
    b"\x02" + SEALED.encode(),
    b"\x03" + TOKEN.encode(),
    b"\x03" + json.dumps({"alg": "none"}).encode(),
    b"\x04console?name=web01",
]

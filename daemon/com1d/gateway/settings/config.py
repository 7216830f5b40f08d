"""The configuration of the gateway: each setting declared once, all problems told at once."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final, TypeVar

from com1d.config.settings import addresses, values
from com1d.config.settings.setting import Setting, required, settings
from com1d.config.settings.units import DAY, HOUR, MINUTE, spell_time, time
from com1d.config.sources import read_one
from com1d.config.tables import Tables
from com1d.errors import ConfigError
from com1d.gateway.settings.values import (
    Address,
    Network,
    is_loopback,
    parse_address,
    parse_networks,
    parse_url,
    spell_url,
    spell_words,
)
from com1d.gateway.settings.ways import HeaderConfig, OidcConfig
from com1d.values import dataclass


T = TypeVar("T")

TABLES: Final = ("web", "oidc", "header")

DEFAULT_CONFIG: Final = Path("/etc/com1d/web.toml")

DEFAULT_URL: Final = Address("http", "127.0.0.1", 8523, "/")

SESSION_TIMES: Final = (5 * MINUTE, 7 * DAY)
"""Shorter, and people sign in more than they type; longer, and a forgotten browser stays in."""

CONNECTIONS: Final = (16, 65536)
"""A page alone takes up to twelve: nine consoles, the events, and requests."""


@dataclass(frozen=True, slots=True)
class WebConfig:
    """The table [web]."""

    url: Annotated[
        Address, Setting(parse_url, "what people type into their browser", spell_url)
    ] = DEFAULT_URL
    listen: Annotated[
        tuple[str, int],
        Setting(parse_address, "where it listens", addresses.spell_metrics),
    ] = ("127.0.0.1", 8523)
    certificate: Annotated[
        Path | None,
        Setting(
            addresses.parse_file,
            "the chain of certificates, PEM; taken anew when the file changes",
            example='"/etc/com1d/web.crt"',
        ),
    ] = None
    key: Annotated[
        Path | None,
        Setting(addresses.parse_file, "its private key", example='"/etc/com1d/web.key"'),
    ] = None
    daemon: Annotated[Path, Setting(addresses.parse_file, "the socket of com1d")] = Path(
        "/run/com1d/com1d.sock"
    )
    runtime_dir: Annotated[
        Path, Setting(addresses.parse_directory, "where `com1-web link` finds the gateway")
    ] = Path("/run/com1-web")
    seal_key: Annotated[
        Path, Setting(addresses.parse_file, "seals the cookies; made at the first start")
    ] = Path("/var/lib/com1-web/seal.key")
    proxies: Annotated[
        tuple[Network, ...],
        Setting(parse_networks, "proxies in front, whose X-Forwarded-For counts", spell_words),
    ] = ()
    session_time: Annotated[
        float, Setting(time(*SESSION_TIMES), "how long a sign-in lasts", spell_time)
    ] = 8 * HOUR
    max_connections: Annotated[
        int, Setting(values.whole(*CONNECTIONS), "of browsers, all together")
    ] = 4096
    metrics: Annotated[
        tuple[str, int] | None,
        Setting(addresses.parse_metrics, "where Prometheus scrapes", addresses.spell_metrics),
    ] = ("127.0.0.1", 9522)

    @property
    def is_private(self) -> bool:
        """Whether only this host can connect."""
        return is_loopback(self.listen[0])

    @property
    def link_socket(self) -> Path:
        """The socket on which `com1-web link` asks."""
        return self.runtime_dir / "link.sock"


@dataclass(frozen=True, slots=True)
class Config:
    """All of `web.toml`."""

    web: WebConfig = WebConfig()
    oidc: OidcConfig | None = None
    header: HeaderConfig | None = None

    def summary(self) -> Iterable[tuple[str, str]]:
        """Give what is set, for `com1-web check`: label and value."""
        web = self.web
        yield "page", web.url.text
        host, port = web.listen
        yield "listens", f"{host}:{port}, {'TLS' if web.certificate else 'without TLS'}"
        yield "daemon", str(web.daemon)
        yield "sign-in", f"by link, {web.link_socket}"
        if self.oidc is not None:
            yield "sign-in", f"at {self.oidc.issuer}, as {self.oidc.client_id}"
        if self.header is not None:
            yield "sign-in", f"by the header {self.header.user}"


def load(path: Path, *, must_exist: bool = True) -> Config:
    """Read `web.toml`. Raises `ConfigError` with every problem.

    Without a file everything has its default, unless it `must_exist`.
    """
    if not must_exist and not path.exists():
        return Config()
    source = read_one(path)
    tables = Tables([source])
    tables.refuse_unknown(TABLES)
    web = WebConfig(**tables.spread("web", settings(WebConfig)))
    oidc = _table(tables, "oidc", OidcConfig) if "oidc" in source.table else None
    header = _table(tables, "header", HeaderConfig) if "header" in source.table else None
    for table, key, expected in (*_clashes(web), *_header_clashes(web, header)):
        tables.refuse(tables.file_of(table, key), f"{table}.{key}", expected)
    if tables.problems:
        raise ConfigError(tables.problems)
    return Config(web, oidc, header)


def _table(tables: Tables, name: str, kind: type[T]) -> T | None:
    """Read a table that need not be there; None also where it is not whole, which is reported."""
    values = tables.spread(name, settings(kind))
    lacking = [key for one in required(kind) for key in one if key not in values]
    for key in lacking:
        if not tables.has(name, key):
            tables.refuse(tables.file_of(name, key), f"{name}.{key}", "is missing")
    return None if lacking else kind(**values)


def _header_clashes(web: WebConfig, header: HeaderConfig | None) -> Iterator[tuple[str, str, str]]:
    if header is None:
        return
    if not header.addresses and header.client_ca is None:
        yield (
            "header",
            "addresses",
            "must list whose word counts, or client_ca be set",
        )
    if header.client_ca is not None and web.certificate is None:
        yield "header", "client_ca", "needs TLS: certificate and key in [web]"


def _clashes(web: WebConfig) -> Iterator[tuple[str, str, str]]:
    """Give what no single setting shows: table, key, and what was expected."""
    if (web.certificate is None) != (web.key is None):
        lone = "certificate" if web.key is None else "key"
        yield "web", lone, "certificate and key are given both, or neither"
    if web.certificate is None and not web.is_private:
        yield (
            "web",
            "listen",
            "must be an address of this host alone, 127.0.0.1, as there is no certificate",
        )
    if not web.url.is_secure and not is_loopback(web.url.host):
        yield "web", "url", "must begin with https://, except for 127.0.0.1, [::1] and localhost"

"""The configuration: one TOML file plus `conf.d/*.toml` beside it, read whole or refused whole.

`sources` turns files into tables, `model` declares every setting once, `tables` reads by these
declarations (`setting`, `values`, `units`, `addresses`), `assembly` puts it together, and `clashes`
finds what no single value shows.
"""

from com1d.config.assembly import assemble, load
from com1d.config.clashes import Clash
from com1d.config.finding import Found, console_of, needs
from com1d.config.model import (
    Config,
    ConsoleConfig,
    DaemonConfig,
    DiscoverConfig,
    GatewayConfig,
    HookConfig,
    RoleConfig,
)
from com1d.config.settings.addresses import PortAddress
from com1d.config.settings.setting import RefusedValueError
from com1d.config.sources import Source


__all__ = [
    "Clash",
    "Config",
    "ConsoleConfig",
    "DaemonConfig",
    "DiscoverConfig",
    "Found",
    "GatewayConfig",
    "HookConfig",
    "PortAddress",
    "RefusedValueError",
    "RoleConfig",
    "Source",
    "assemble",
    "console_of",
    "load",
    "needs",
]

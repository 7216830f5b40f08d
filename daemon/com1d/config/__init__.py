"""The configuration: one TOML file plus `conf.d/*.toml` beside it, read whole or refused whole.

`sources` turns files into tables, `keys` says how each value is read (`values`, `addresses`),
`assembly` puts the tables together, `clashes` finds what no single value shows, and `model` is
what comes out.
"""

from com1d.config.assembly import assemble, load
from com1d.config.finding import Found, console_of, needs
from com1d.config.model import (
    GUESTS,
    PORT_KINDS,
    ROLES,
    Config,
    ConsoleConfig,
    DaemonConfig,
    DiscoverConfig,
    GatewayConfig,
    HookConfig,
    PortAddress,
    RoleConfig,
)
from com1d.config.sources import Source
from com1d.config.values import RefusedValueError


__all__ = [
    "GUESTS",
    "PORT_KINDS",
    "ROLES",
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

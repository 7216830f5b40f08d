"""The configuration: one TOML file plus `conf.d/*.toml` beside it, read whole or refused whole.

`sources` turns files into tables, `keys` says how each value is read (`values`, `addresses`),
`assembly` puts the tables together, `clashes` finds what no single value shows, and `model` is
what comes out.
"""

from com1d.config.assembly import assemble, load
from com1d.config.model import (
    GUESTS,
    PORT_KINDS,
    ROLES,
    Config,
    ConsoleConfig,
    DaemonConfig,
    GatewayConfig,
    PortAddress,
    RoleConfig,
)
from com1d.config.sources import Source


__all__ = [
    "GUESTS",
    "PORT_KINDS",
    "ROLES",
    "Config",
    "ConsoleConfig",
    "DaemonConfig",
    "GatewayConfig",
    "PortAddress",
    "RoleConfig",
    "Source",
    "assemble",
    "load",
]

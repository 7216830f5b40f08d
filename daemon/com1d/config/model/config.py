"""A whole configuration."""

from dataclasses import field

from com1d.config.model.console import ConsoleConfig
from com1d.config.model.daemon import DaemonConfig
from com1d.config.model.entries import DiscoverConfig, GatewayConfig, HookConfig, RoleConfig
from com1d.values import dataclass


@dataclass(frozen=True, slots=True)
class Config:
    """A whole configuration, every value checked."""

    daemon: DaemonConfig = field(default_factory=DaemonConfig)
    consoles: dict[str, ConsoleConfig] = field(default_factory=dict)
    """By name, in the order of the files."""
    roles: tuple[RoleConfig, ...] = ()
    """Empty: root and the daemon's own user are owners, nobody else gets in."""
    gateways: tuple[GatewayConfig, ...] = ()
    discover: tuple[DiscoverConfig, ...] = ()
    hooks: tuple[HookConfig, ...] = ()

"""The configuration's values after all checks, each declared with its setting.

Each setting is declared once, here: how it is read, its bounds and their reasons, its default, and
README's sentence about it. A host has up to 4,000 consoles, so all classes have slots, and consoles
share inherited values.
"""

from com1d.config.model.config import Config
from com1d.config.model.console import ConsoleConfig
from com1d.config.model.daemon import DaemonConfig
from com1d.config.model.entries import DiscoverConfig, GatewayConfig, HookConfig, RoleConfig


__all__ = [
    "Config",
    "ConsoleConfig",
    "DaemonConfig",
    "DiscoverConfig",
    "GatewayConfig",
    "HookConfig",
    "RoleConfig",
]

"""What a reload changes: two configurations compared."""

from collections.abc import Iterable
from dataclasses import fields
from typing import Any, Final

from com1d.access.access import rules
from com1d.config import Config, DaemonConfig
from com1d.values import dataclass


TABLES: Final = ("discover", "hooks")
"""Tables that are told as a whole."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What is in force that was not, and what will be."""

    added: tuple[str, ...]
    """Consoles that are configured now."""
    removed: tuple[str, ...]
    changed: tuple[str, ...]
    settings: tuple[str, ...]
    """Keys of `[daemon]`, and tables."""
    granted: tuple[str, ...]
    """Roles and gateways, in the words of the audit."""
    revoked: tuple[str, ...]
    restart: tuple[str, ...]
    """Settings that have changed and that only a restart puts in force."""

    def as_json(self) -> dict[str, Any]:
        """Give them as the interface shows them."""
        return {
            "consoles": {
                "added": self.added, "removed": self.removed, "changed": self.changed,
            },
            "settings": self.settings,
            "roles": {"added": self.granted, "removed": self.revoked},
            "restart": self.restart,
        }  # fmt: skip


def between(before: Config, after: Config, restart: Iterable[str]) -> Changes:
    """Compare what was in force with what is now; `restart` are the settings that wait."""
    old, new = before.consoles, after.consoles
    rules_before, rules_after = rules(before), rules(after)
    keys = (
        f"daemon.{item.name}"
        for item in fields(DaemonConfig)
        if _differ(item.name, before.daemon, after.daemon)
    )
    tables = (name for name in TABLES if _differ(name, before, after))
    return Changes(
        added=tuple(name for name in new if name not in old),
        removed=tuple(name for name in old if name not in new),
        changed=tuple(name for name in old if name in new and old[name] != new[name]),
        settings=(*keys, *tables),
        granted=tuple(sorted(rules_after - rules_before)),
        revoked=tuple(sorted(rules_before - rules_after)),
        restart=tuple(f"daemon.{key}" for key in restart),
    )


def _differ(name: str, one: object, other: object) -> bool:
    return bool(getattr(one, name) != getattr(other, name))

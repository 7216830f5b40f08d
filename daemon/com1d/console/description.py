"""The description of a console, as the interface shows it."""

from typing import Any

from com1d.access.access import Access
from com1d.console.console import Console
from com1d.ports.base import BreakLine


def describe(console: Console, access: Access) -> dict[str, Any]:
    """Describe a console; `access` says whether it is enabled."""
    config, ring = console.config, console.ring
    obstacle = access.obstacle(config)
    return {
        "name": console.name,
        "aliases": list(config.aliases),
        "port": str(config.port),
        "guest": config.guest,
        "set": config.set,
        "instance": config.instance,
        "discovered": config.discovered,
        "connected": console.connected,
        "reason": "" if console.connected else console.circuit.keeper.reason,
        "trouble": "; ".join(console.failing),
        "uuid": console.identity.uuid or None,
        "vm": config.vm or config.domain,
        "domain": config.domain,
        "enabled": obstacle is None,
        "disabled": None if obstacle is None else {"code": obstacle.code, **obstacle.extra},
        "guest_state": console.watch.describe(),
        **console.seating.describe(),
        "offset": ring.end,
        "oldest": ring.start,
        "boot": console.log.boot,
        "log": console.log.describe(),
        "control": console.vm.describe(),
        "can": sorted(_can(console)),
        "paste_limit": config.paste_limit,
        "stall_margin": console.traffic.margin.describe(),
    }


def _can(console: Console) -> frozenset[str]:
    """Give what port and hypervisor can do beside passing bytes, in the words of `control`."""
    breaks = isinstance(console.circuit.line, BreakLine)
    in_band: frozenset[str] = frozenset(("break",) if breaks else ())
    return in_band | console.vm.abilities

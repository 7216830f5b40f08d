"""What helps: on the guest's state, as the daemon says, or on a port that is down."""

from typing import Any, Final


_BY_CONTROL: Final = {
    "libvirt": "start the VM: `virsh start {domain}`",
    "pve": "start the VM: `qm start {domain}`",
}
_BY_PORT: Final = {
    "pipe": "start the VM with these FIFOs: `com1d guest-args {name}` prints how",
    "listen": "start the VM that dials this socket: `com1d guest-args {name}` prints how",
    "unix": "start the VM that listens there: `com1d guest-args {name}` prints how",
    "pty": "start the VM; a pty has another number then, unless the VM names it",
    "serial": "is the adapter plugged in, and its name the one that stays?",
    "tcp": "is the console server there, and its port open?",
    "telnet": "is the console server there, and its port open?",
    "rfc2217": "is the console server there, and its port open?",
}


def hint(console: dict[str, Any]) -> str:
    """Give the hint on the guest; while its port is down, one on the port."""
    guest = console.get("guest_state") or {}
    if console.get("connected", True):
        return f"{guest.get('state')}: {guest.get('hint')}"
    return f"down: {console.get('reason')}; {port_hint(console)}"


def why_silent(console: dict[str, Any], *, whole: bool) -> str:
    """Say why a log, or where not `whole` a part of it, has nothing."""
    if not whole:
        return f"nothing was printed in that part; `com1 boots {console.get('name')}` has the parts"
    if console.get("connected", True):
        return "nothing was printed yet; the port is up, and the guest is silent"
    return f"nothing was printed yet; {hint(console)}"


def port_hint(console: dict[str, Any]) -> str:
    """Say what would bring a port up. It comes up by itself once that is so."""
    control = str((console.get("control") or {}).get("kind") or "")
    kind = str(console.get("port", "")).partition(":")[0]
    advice = _BY_CONTROL.get(control) or _BY_PORT.get(kind, "start the VM")
    name = str(console.get("name", ""))
    return advice.format(name=name, domain=console.get("domain") or name)

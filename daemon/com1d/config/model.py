"""What a configuration says, once it is known to be right: values only, with their defaults.

A host has up to 4,000 consoles, so everything here has slots, and consoles share the values that
they inherit.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal


KIB: Final = 1024
MIB: Final = 1024 * KIB

PORT_KINDS: Final = ("serial", "pipe", "listen", "pty", "unix", "tcp", "demo")
GUESTS: Final = ("windows", "linux", "auto")
KEY_PROFILES: Final = ("auto", "xterm", "vt-utf8", "pcansi")
"""`auto` follows the guest and its state; the others are `core.keys.Profile`."""
ON_DISCONNECT: Final = ("none", "lock")
"""What happens to a guest when its user has gone; `lock` is for Windows."""
GUEST_STATES: Final = (
    "blank", "firmware", "boot-menu", "booting", "health-only", "sac", "sac-channel", "cmd-login",
    "cmd", "powershell", "login", "shell", "emergency", "passphrase", "key-wait", "disk-check",
    "kernel-panic", "bugcheck", "kernel-debugger", "unknown",
)  # fmt: skip
"""The same as `core.guest.states.State`."""
ROLES: Final = ("reader", "contributor", "owner")
"""From the lowest to the highest; `core.policy.Role` has the same names."""


@dataclass(frozen=True, slots=True)
class PortAddress:
    """Where a console's port is, in the one spelling that its kind has for it."""

    kind: str
    """One of `PORT_KINDS`."""
    target: str
    """An absolute path; for tcp `host:port`, IPv6 in brackets; for demo empty."""

    def __str__(self) -> str:
        return f"{self.kind}:{self.target}"


@dataclass(frozen=True, slots=True)
class ConsoleConfig:
    """One console. Sizes are bytes."""

    name: str
    port: PortAddress
    control: str | None = None
    """The hypervisor's side of the VM: `qmp:`, `chv:` or `exec:` and a path. None: no NMI."""
    guest: str = "auto"
    """One of `GUESTS`: which keys and pacing the guest wants."""
    keys: str = "auto"
    """One of `KEY_PROFILES`: which bytes a function or editing key becomes."""
    baud: int = 115200
    """Of a real line; also what pacing takes as the line rate."""
    paste_limit: int = 2048
    """Characters in one paste, as Azure Serial Console has it."""
    scrollback: int = 64 * KIB
    log_size: int = 4 * MIB
    """Of the boot diagnostics log on disk; 0 is no log."""
    pipe_size: int = MIB
    """Asked for with F_SETPIPE_SZ: what the kernel grants without privilege (pipe(7)), 91 s of
    output at line rate while the daemon is away."""
    require_mfa: bool = False
    """Whether this console needs a gateway's word for a second factor."""
    on_disconnect: str = "none"
    """One of `ON_DISCONNECT`."""
    idle_timeout: int = 0
    """Seconds without input after which the active session ends; 0 is never."""
    set: str | None = None
    """The scale set that the VM belongs to."""
    instance: int | None = None
    """The VM's number in its set."""
    discovered: str | None = None
    """Which discovery has found the VM; None: it is configured."""
    qemu_log: Path | None = None
    """QEMU's own log of the port (`logfile=` of its chardev): what the guest printed while the
    daemon was away is taken from there."""


@dataclass(frozen=True, slots=True)
class RoleConfig:
    """One `[[roles]]` entry. Names are resolved by the runtime, off the loop."""

    principal_kind: Literal["user", "group", "uid", "gid"]
    principal: str | int
    """A name for user and group, a number for uid and gid."""
    role: str
    """One of `ROLES`."""
    scope: str
    """A glob over console names or, after `set:`, over sets."""


@dataclass(frozen=True, slots=True)
class DiscoverConfig:
    """One `[discover.NAME]` table: where to look for VMs, and what the consoles found have."""

    name: str
    template: ConsoleConfig
    """Every setting of the consoles but their names and ports; `{name}` stands for the name."""
    glob: str | None = None
    """Paths of their sockets or FIFOs, with one `*` for the name."""
    uri: str | None = None
    """The libvirt that runs them. Either this or `glob` is set."""


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """One `[[gateways]]` entry: a user who may speak for others on the API's socket."""

    user: str | int
    """A name, which the runtime resolves off the loop, or a uid."""


@dataclass(frozen=True, slots=True)
class HookConfig:
    """One `[[hooks]]` entry: a program to run when a guest gets into a state."""

    state: str
    """One of `GUEST_STATES`."""
    run: tuple[str, ...]
    """The program's absolute path, and its arguments."""
    scope: str = "*"
    """A glob over console names or, after `set:`, over sets."""


@dataclass(frozen=True, slots=True)
class DaemonConfig:
    """The `[daemon]` table."""

    runtime_dir: Path = Path("/run/com1d")
    state_dir: Path = Path("/var/lib/com1d")
    log_dir: Path = Path("/var/log/com1d")
    metrics: tuple[str, int] | None = ("127.0.0.1", 9521)
    """Host and port of the Prometheus listener; None is off."""
    socket_group: str | None = None
    """Name of the group that may open the sockets; None is the daemon's own."""
    max_clients: int = 4096
    """API and raw connections of the whole host together."""
    audit_required: bool = True
    """Whether an attach that cannot be written into the audit is refused."""
    require_boot_diagnostics: bool = True
    """Whether a console without a boot diagnostics log is off, as in Azure."""
    require_mfa: bool = False
    """Whether every console and the host's switch need a gateway's word for a second factor."""
    log_total: int = 0
    """Bytes that the boot diagnostics logs of all consoles may take; 0 is no bound."""
    log_keep: int = 30 * 86400
    """Seconds for which the log of a console stays after the console is no longer configured."""
    log_key: str | None = None
    """Where the key is that logs are encrypted with: a path, or `credential:NAME`."""

    @property
    def api_socket(self) -> Path:
        """The socket that HTTP and WebSocket clients connect to."""
        return self.runtime_dir / "com1d.sock"

    @property
    def consoles_dir(self) -> Path:
        """The directory of the raw sockets, two for each console."""
        return self.runtime_dir / "consoles"


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

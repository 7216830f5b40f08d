"""The configuration's values after all checks, each declared with its setting.

Each setting is declared once, here: how it is read, its bounds and their reasons, its default, and
README's sentence about it. A host has up to 4,000 consoles, so all classes have slots, and consoles
share inherited values.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from com1d.config.settings import addresses, bounds, names, values
from com1d.config.settings.addresses import SERIAL_PORTS, PortAddress
from com1d.config.settings.fields import PLACEHOLDER
from com1d.config.settings.setting import Setting
from com1d.config.settings.units import DAY, KIB, MIB, size, spell_size, spell_time, time
from com1d.wire.words import (
    ANY,
    FLOWS,
    GUEST_STATES,
    GUESTS,
    KEY_PROFILES,
    LOG_LEVELS,
    MONITORS,
    ON_DISCONNECT,
    PARITIES,
    PASTE_LIMIT,
    ROLES,
)


@dataclass(frozen=True, slots=True)
class ConsoleConfig:
    """One console. Sizes are bytes, times seconds."""

    name: str
    port: Annotated[
        PortAddress,
        Setting(addresses.parse_port, "see above", example='"pipe:/run/com1d/guests/{name}"'),
    ]
    control: Annotated[
        str | None,
        Setting(
            addresses.parse_control,
            "the hypervisor's side of the VM: `qmp:/path` (a QMP socket of its own, not "
            "libvirt's), `libvirt:qemu:///system`, `chv:/path`, `exec:/path`; without it no NMI",
            example='"qmp:/run/qemu/{name}.qmp"',
        ),
    ] = None
    guest: Annotated[
        str, Setting(values.choice(*GUESTS), "which pacing and keys it wants: `windows`, `linux`")
    ] = ANY
    keys: Annotated[
        str,
        Setting(
            values.choice(*KEY_PROFILES),
            "which bytes F8 is: `xterm`, `vt-utf8` (Windows, OVMF of 2025), `pcansi` (of 2022)",
        ),
    ] = ANY
    baud: Annotated[int, Setting(values.parse_baud, "of a real line, and of pacing")] = 115200
    paste_limit: Annotated[
        int, Setting(values.whole(*bounds.PASTE_LIMITS), "characters of one paste")
    ] = PASTE_LIMIT
    scrollback: Annotated[int, Setting(size(*bounds.SCROLLBACK), "in memory", spell_size)] = (
        64 * KIB
    )
    log_size: Annotated[
        int,
        Setting(size(*bounds.LOG_SIZE, zero_is_off=True), "on disk; 0 is no log", spell_size),
    ] = 4 * MIB
    pipe_size: Annotated[
        int,
        Setting(size(*bounds.PIPE_SIZE), "of the FIFOs of `pipe:`", spell_size),
    ] = MIB
    """What the kernel grants without privilege (pipe(7)): 91 s of output at line rate."""
    require_mfa: Annotated[
        bool,
        Setting(values.parse_truth, "only for whom a gateway vouches for a second factor"),
    ] = False
    on_disconnect: Annotated[
        str,
        Setting(
            values.choice(*ON_DISCONNECT),
            "`lock`: Windows Command Prompts ask for a login after every session",
        ),
    ] = "none"
    idle_timeout: Annotated[
        float,
        Setting(
            time(*bounds.IDLE_TIMEOUT, zero_is_off=True),
            "a session without a key ends: `90s`, `15min`, `1d`; 0 is never",
            spell_time,
        ),
    ] = 0
    set: Annotated[
        str | None,
        Setting(values.parse_set_name, "the scale set that it belongs to", example='"web"'),
    ] = None
    instance: Annotated[
        int | None,
        Setting(values.whole(*bounds.INSTANCE), "its number in the scale set", example="3"),
    ] = None
    discovered: str | None = None
    """The discovery that found the VM; None for a configured console."""
    uuid: str = ""
    """The VM's UUID, where the discovery knows it."""
    qemu_log: Annotated[
        Path | None,
        Setting(
            addresses.parse_file,
            "QEMU's own log of the port, for what a `unix:` guest prints while com1d is away",
            example='"/var/log/qemu/{name}.log"',
        ),
    ] = None

    aliases: Annotated[
        tuple[str, ...],
        Setting(
            names.parse_aliases,
            "other names of the console, for `com1` and HTTP; roles go by its own name",
            values.spell_list,
            example='["mail", "mx1"]',
        ),
    ] = ()
    break_keys: Annotated[
        tuple[str, ...],
        Setting(
            values.parse_break,
            "what is typed for a break, 0.6 s apart, where the far end takes none on the line",
            values.spell_list,
            example='["\\r", "~", "\\u0002"]',
            key="break",
        ),
    ] = ()
    parity: Annotated[
        str,
        Setting(
            values.choice(*PARITIES),
            "of a `serial:` or `rfc2217:` port: `even`, `odd`, `mark`, `space`",
        ),
    ] = "none"
    data_bits: Annotated[
        int, Setting(values.whole(*bounds.DATA_BITS), "in a byte of such a port: 5 to 8")
    ] = 8
    stop_bits: Annotated[
        int, Setting(values.whole(*bounds.STOP_BITS), "after a byte of such a port: 1 or 2")
    ] = 1
    flow: Annotated[
        str,
        Setting(
            values.choice(*FLOWS),
            "of such a port: `rtscts`, `xonxoff`; with it the far end may have to wait",
        ),
    ] = "none"
    domain: Annotated[
        str | None,
        Setting(
            values.parse_vm_name,
            "libvirt's name for the VM, where that is neither the console's nor `vm`",
            example='"debian 12"',
        ),
    ] = None
    vm: Annotated[
        str | None,
        Setting(
            values.parse_vm_name,
            "what people call the VM, where the console has another name; `{vm}` in `port` and "
            "`control`",
            example='"100"',
        ),
    ] = None
    monitor: Annotated[
        str,
        Setting(
            values.choice(*MONITORS),
            "`shared`: the QMP socket is let go after every question, so its owner is served, and "
            "resets and panics are not heard; `own`: kept open; `auto`: shared where it was found",
        ),
    ] = ANY


@dataclass(frozen=True, slots=True)
class RoleConfig:
    """One `[[roles]]` entry. Names are resolved by the daemon, off the loop."""

    principal_kind: Literal["user", "group", "uid", "gid", "everyone"]
    principal: Annotated[
        str | int,
        Setting(
            values.parse_principal,
            "`user:NAME`, `group:NAME`, `uid:N`, `gid:N`, or `everyone` who may open the sockets",
            example='"group:libvirt"',
        ),
    ]
    """A name for user and group, a number for uid and gid, empty for everyone."""
    role: Annotated[
        str,
        Setting(values.choice(*ROLES), "`reader`, `contributor` or `owner`", example='"owner"'),
    ]
    scope: Annotated[
        str,
        Setting(
            values.parse_scope,
            "a glob over consoles or, after `set:`, over scale sets",
            example='"web*"',
        ),
    ]

    @property
    def who(self) -> str:
        """The principal as it is configured."""
        return f"{self.principal_kind}:{self.principal}".removesuffix(":")


@dataclass(frozen=True, slots=True)
class DiscoverConfig:
    """One `[discover.NAME]` table: where to look for VMs, and the settings of their consoles."""

    name: str
    template: Annotated[
        ConsoleConfig,
        Setting(
            addresses.parse_qmp,
            'short for `control = "qmp:…"`, with `{name}` in it',
            example='"/run/qemu/{name}/control.qmp"',
            key="qmp",
        ),
    ]
    """Every setting of the consoles but their names and ports; `{name}` stands for the name."""
    glob: Annotated[
        str | None,
        Setting(
            addresses.parse_glob,
            "their sockets, FIFOs or ttys (`/dev/serial/by-id/*`); the one `*` is the name",
            example='"/run/qemu/*/com1.sock"',
        ),
    ] = None
    proxmox: Annotated[
        str | None,
        Setting(
            addresses.parse_root,
            "instead of `glob`: the Proxmox VE node whose file system begins there",
            example='"/"',
        ),
    ] = None
    called: Annotated[
        str,
        Setting(
            addresses.parse_called,
            "what their consoles are called: `{name}`, `{uuid}`, `{vmid}` and the parts of a path "
            "with several `*`, `{1}` and on",
            key="name",
        ),
    ] = PLACEHOLDER
    serial: Annotated[
        int | None,
        Setting(
            values.whole(0, SERIAL_PORTS - 1),
            "with `uri` or `proxmox`: the number of the serial port; without it the first that can "
            "be served",
            example="1",
        ),
    ] = None
    uri: Annotated[
        str | None,
        Setting(
            addresses.parse_libvirt_uri,
            "instead of `glob`: the libvirt that runs them",
            example='"qemu:///system"',
        ),
    ] = None

    @property
    def place(self) -> tuple[str, str]:
        """Where it looks: the setting that says so, and its value."""
        places = {"glob": self.glob, "uri": self.uri, "proxmox": self.proxmox}
        return next((key, place) for key, place in places.items() if place is not None)


@dataclass(frozen=True, slots=True)
class GatewayConfig:
    """One `[[gateways]]` entry: a user who may speak for others on the API's socket."""

    user: Annotated[
        str | int,
        Setting(
            values.parse_user_name,
            "the user of a program that may ask in others' names",
            example='"com1-web"',
        ),
        Setting(values.parse_uid, "the same by number", example="990", key="uid"),
    ]
    """A name, which the daemon resolves off the loop, or a uid."""


@dataclass(frozen=True, slots=True)
class HookConfig:
    """One `[[hooks]]` entry: a program to run when a guest gets into a state."""

    state: Annotated[
        str,
        Setting(
            values.choice(*GUEST_STATES),
            "the state of a guest that runs it",
            example='"kernel-panic"',
        ),
    ]
    run: Annotated[
        tuple[str, ...],
        Setting(
            addresses.parse_command,
            "a program by its absolute path, and its arguments",
            example='["/usr/local/bin/notify", "--urgent"]',
        ),
    ]
    scope: Annotated[str, Setting(values.parse_scope, "of which consoles, as in `roles`")] = "*"


@dataclass(frozen=True, slots=True)
class DaemonConfig:
    """The `[daemon]` table."""

    runtime_dir: Annotated[Path, Setting(addresses.parse_directory, "sockets")] = Path("/run/com1d")
    state_dir: Annotated[Path, Setting(addresses.parse_directory, "what outlives a restart")] = (
        Path("/var/lib/com1d")
    )
    log_dir: Annotated[
        Path, Setting(addresses.parse_directory, "boot diagnostics logs, and the audit")
    ] = Path("/var/log/com1d")
    metrics: Annotated[
        tuple[str, int] | None,
        Setting(addresses.parse_metrics, 'Prometheus; `""` is off', addresses.spell_metrics),
    ] = ("127.0.0.1", 9521)
    socket_group: Annotated[
        str | None,
        Setting(
            values.parse_group_name,
            "group of the sockets, which are 0660; without it the daemon's own",
            example='"com1"',
        ),
    ] = None
    max_clients: Annotated[
        int, Setting(values.whole(*bounds.MAX_CLIENTS), "API and raw connections of the whole host")
    ] = 4096
    audit_required: Annotated[
        bool,
        Setting(
            values.parse_truth,
            "nobody is let in whom the audit cannot record, on a full disk",
        ),
    ] = True
    require_boot_diagnostics: Annotated[
        bool, Setting(values.parse_truth, "a console with `log_size = 0` is off, as in Azure")
    ] = True
    require_mfa: Annotated[
        bool,
        Setting(values.parse_truth, "every console and the host's switch ask for a second factor"),
    ] = False
    guest_group: Annotated[
        str | None,
        Setting(
            values.parse_group_name,
            "group of what `pipe:` and `listen:` make for VMs; without it the first of "
            "`libvirt-qemu`, `qemu`, `kvm` that the host has, else the daemon's own",
            example='"kvm"',
        ),
    ] = None
    log_total: Annotated[
        int,
        Setting(
            size(*bounds.LOG_TOTAL, zero_is_off=True),
            "of all logs together, the oldest goes first; 0 is no bound",
            spell_size,
        ),
    ] = 0
    log_keep: Annotated[
        float,
        Setting(
            time(*bounds.LOG_KEEP),
            "the log of a console that is gone, counted while com1d runs",
            spell_time,
        ),
    ] = 30 * DAY
    log_key: Annotated[
        str | None,
        Setting(
            addresses.parse_key,
            "encrypts the logs: a file of 32 bytes, mode 0600, or `credential:NAME` of systemd",
            example='"/etc/com1d/log.key"',
        ),
    ] = None
    audit_key: Annotated[
        str | None,
        Setting(
            addresses.parse_key,
            "seals the audit's lines, so that who has it not can forge none; a key as `log_key` is",
            example='"/etc/com1d/audit.key"',
        ),
    ] = None
    metrics_names: Annotated[
        bool,
        Setting(
            values.parse_truth,
            "`metrics` has the consoles by name, for every local user; else their sums",
        ),
    ] = False

    metrics_consoles: Annotated[
        int,
        Setting(
            values.parse_named,
            'consoles with metrics of their own: `"all"`, `"none"` (sums alone), or `"top:100"`: '
            "those with trouble, then those in use, then the busiest, and sums",
            values.spell_named,
        ),
    ] = values.ALL_NAMED
    log_level: Annotated[
        str,
        Setting(
            values.choice(*LOG_LEVELS), "of the daemon's own log: `info`, `warning` or `error`"
        ),
    ] = "info"

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

"""The entries of a host's configuration: roles, discoveries, gateways and hooks."""

from typing import Annotated, Literal

from com1d.config.model.console import ConsoleConfig
from com1d.config.settings import addresses, values
from com1d.config.settings.addresses import SERIAL_PORTS
from com1d.config.settings.fields import PLACEHOLDER
from com1d.config.settings.setting import Setting
from com1d.values import dataclass
from com1d.wire.words import GUEST_STATES, ROLES


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

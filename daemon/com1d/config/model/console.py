"""The settings of a console."""

from pathlib import Path
from typing import Annotated

from com1d.config.settings import addresses, bounds, names, values
from com1d.config.settings.addresses import PortAddress
from com1d.config.settings.setting import Setting
from com1d.config.settings.units import KIB, MIB, size, spell_size, spell_time, time
from com1d.values import dataclass
from com1d.wire.words import (
    ANY,
    FLOWS,
    GUESTS,
    KEY_PROFILES,
    MONITORS,
    ON_DISCONNECT,
    PARITIES,
    PASTE_LIMIT,
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

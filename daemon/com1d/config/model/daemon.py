"""The settings of the host's daemon."""

from pathlib import Path
from typing import Annotated

from com1d.config.settings import addresses, bounds, values
from com1d.config.settings.setting import Setting
from com1d.config.settings.units import DAY, size, spell_size, spell_time, time
from com1d.values import dataclass
from com1d.wire.words import LOG_LEVELS


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

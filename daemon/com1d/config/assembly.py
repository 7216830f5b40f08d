"""From tables to one `Config`, or to every problem at once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from com1d.config import keys
from com1d.config.clashes import Clash, clashes
from com1d.config.model import (
    Config,
    ConsoleConfig,
    DaemonConfig,
    DiscoverConfig,
    GatewayConfig,
    HookConfig,
    RoleConfig,
)
from com1d.config.naming import control_of, port_of, qemu_log_of
from com1d.config.settings.addresses import PortAddress
from com1d.config.settings.fields import PLACEHOLDER, fields_of
from com1d.config.settings.names import demand_name
from com1d.config.settings.setting import RefusedValueError
from com1d.config.settings.spelling import dotted, shown
from com1d.config.sources import Source, read_all
from com1d.config.tables import Tables
from com1d.config.templates import Templates
from com1d.errors import ConfigError, ConfigProblem


PLACES: Final = {"glob", "uri", "proxmox"}
"""The settings that say where a discovery looks."""

NOWHERE: Final = PortAddress("unix", "")
"""The port in a discovery's template; a found VM has its own."""


Examiner: TypeAlias = Callable[[Config], Iterable[Clash]]
"""Finds problems that only the host shows, such as a missing group."""

Warn: TypeAlias = Callable[[ConfigProblem], None]
"""Hears what an examiner finds suspicious."""


def load(path: Path, examine: Examiner | None = None, warn: Warn = lambda _: None) -> Config:
    """Read a configuration file and `conf.d/*.toml` beside it.

    Blocks, for some 0.2 s with 4,000 consoles: call it off the loop. Raises `ConfigError` with
    every problem of every file, those that `examine` finds among them; `warn` hears its warnings.
    """
    return assemble(read_all(path), examine, warn)


def assemble(
    sources: Sequence[Source], examine: Examiner | None = None, warn: Warn = lambda _: None
) -> Config:
    """Put together what the files say. Raises `ConfigError` with every problem of every file."""
    tables = Tables(sources)
    config = _Assembly(tables).config()
    for clash in examine(config) if examine else ():
        file = tables.file_of(*clash.place)
        if clash.warning:
            warn(ConfigProblem(file, clash.key, clash.value, clash.expected))
        else:
            tables.refuse(file, clash.key, clash.expected, clash.value)
    if tables.problems:
        order = {source.file: place for place, source in enumerate(sources)}
        raise ConfigError(sorted(tables.problems, key=lambda problem: order[problem.file]))
    return config


class _Assembly:
    """Turns tables into the model's objects."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def config(self) -> Config:
        """Give what could be read. Valid only if no problem was reported."""
        tables = self._tables
        tables.refuse_unknown(keys.TABLES)
        daemon = DaemonConfig(**tables.spread("daemon", keys.DAEMON))
        inherited = tables.spread("defaults", keys.CONSOLE)
        templates = Templates(tables)
        consoles = {one.name: one for one in self._consoles(inherited, templates)}
        roles = tuple(_role(**values) for values in tables.array("roles", RoleConfig))
        gateways = tuple(
            GatewayConfig(*values.values()) for values in tables.array("gateways", GatewayConfig)
        )
        discover = tuple(self._discoveries(inherited, templates))
        hooks = tuple(HookConfig(**values) for values in tables.array("hooks", HookConfig))
        for clash in clashes(daemon, consoles.values(), discover):
            tables.refuse(tables.file_of(*clash.place), clash.key, clash.expected, clash.value)
        return Config(daemon, consoles, roles, gateways, discover, hooks)

    def _consoles(
        self, inherited: Mapping[str, Any], templates: Templates
    ) -> Iterator[ConsoleConfig]:
        for file, name, entry in self._tables.named("consoles"):
            named = self._is_name(file, "consoles", name)
            if entry is None:
                continue
            key = dotted("consoles", name)
            like, own = templates.read(file, key, entry, keys.NAMED)
            alike = templates.merged(like)
            values = {**inherited, **alike, **own}
            elsewhere = self._tables.has("defaults", "port") or templates.mention("port", like)
            if "port" not in entry and not elsewhere:
                expected = 'is missing; it can be "pipe:/path", for example'
                self._tables.refuse(file, f"{key}.port", expected)
            if "port" in entry and "port" not in own:  # what is wrong is not what is inherited
                values.pop("port", None)
            self._demand_wire(file, key, values.get("port"), {**alike, **own})
            if named and "port" in values and self._spell_out(file, name, values):
                yield _console(name, values)

    def _demand_wire(
        self, file: str, key: str, port: PortAddress | None, told: Mapping[str, Any]
    ) -> None:
        """Report settings of a real line where the port is none; in [defaults] they are allowed."""
        if port is None or port.kind in ("serial", "rfc2217"):
            return
        for setting in keys.REAL_LINE:
            if setting in told:
                expected = f"is for serial: and rfc2217: alone, and this one is {port.kind}:"
                self._tables.refuse(file, f"{key}.{setting}", expected, shown(told[setting]))

    def _spell_out(self, file: str, name: str, values: dict[str, Any]) -> bool:
        """Put the console's names in the place of fields; report a path that is too long."""
        fields = {"name": name, "vm": values.get("vm") or name}
        try:
            values["port"] = port_of(values["port"], fields)
            values["control"] = control_of(values.get("control"), fields)
            values["qemu_log"] = qemu_log_of(values.get("qemu_log"), fields)
        except RefusedValueError as error:
            self._tables.refuse(file, dotted("consoles", name), str(error))
            return False
        return True

    def _discoveries(
        self, inherited: Mapping[str, Any], templates: Templates
    ) -> Iterator[DiscoverConfig]:
        for file, name, entry in self._tables.named("discover"):
            if not self._is_name(file, "discover", name) or entry is None:
                continue
            key = dotted("discover", name)
            like, values = templates.read(file, key, entry, keys.DISCOVER)
            if self._is_discovery(file, key, entry, values):
                where = {place: values.pop(place, None) for place in (*PLACES, "serial")}
                if qmp := values.pop("qmp", None):
                    values["control"] = qmp
                where["called"] = values.pop("name", PLACEHOLDER)
                common = {**inherited, **templates.merged(like)}
                common = {one: value for one, value in common.items() if one in keys.DISCOVER}
                alike = {**common, "port": NOWHERE, **values, "discovered": name}
                template = _console("", alike)
                yield DiscoverConfig(name, template, **where)

    def _is_discovery(
        self, file: str, key: str, entry: Mapping[str, object], values: Mapping[str, Any]
    ) -> bool:
        """Tell whether a discovery says where to look; report contradicting settings."""
        refuse = self._tables.refuse
        if len(entry.keys() & PLACES) != 1:
            expected = (
                'must have one of glob = "/run/qemu/*/com1.sock", uri = "qemu:///system" and '
                'proxmox = "/"'
            )
            refuse(file, key, expected)
            return False
        if "glob" in entry and "serial" in entry:
            refuse(file, f"{key}.serial", "is for uri and proxmox: a glob has the port in its path")
        if len(entry.keys() & {"qmp", "control"}) > 1:
            refuse(file, f"{key}.qmp", "must not stand beside control, which says the same")
        control = str(values.get("control", ""))
        if control.startswith(("qmp:", "chv:")) and not fields_of(control):
            refuse(file, f"{key}.control", "must have {name} in it", shown(control))
        self._demand_known(file, key, values)
        return bool(values.keys() & PLACES)

    def _demand_known(self, file: str, key: str, values: Mapping[str, Any]) -> None:
        """Report fields of which a discovery knows nothing, whatever it finds."""
        stars = str(values.get("glob", "")).count("*")
        for setting in ("name", "control", "qmp", "qemu_log"):
            text = str(values.get(setting, "")).removeprefix(f"{setting}:")
            for field in fields_of(text):
                expected = ""
                if field.isdigit() and int(field) > stars:
                    expected = f"has no {{{field}}}, which is that * of a glob"
                elif field == "vmid" and "proxmox" not in values:
                    expected = "has {vmid}, which only VMs of Proxmox have"
                if expected:
                    self._tables.refuse(file, f"{key}.{setting}", expected, shown(text))

    def _is_name(self, file: str, table: str, name: str) -> bool:
        """Tell whether a console may have this name, and report it if not."""
        try:
            demand_name(name)
        except RefusedValueError as error:
            self._tables.refuse(file, dotted(table, name), str(error))
            return False
        return True


def _console(name: str, values: Mapping[str, Any]) -> ConsoleConfig:
    """Make a console of its settings by key; `break` is a word of Python's own."""
    fields = {"break_keys" if key == "break" else key: value for key, value in values.items()}
    return ConsoleConfig(name=name, **fields)


def _role(principal: tuple[Any, str | int], role: str, scope: str) -> RoleConfig:
    return RoleConfig(*principal, role, scope)

"""From tables to one `Config`, or to every problem at once.

A wrong value is reported where it stands and then left out, so that one mistake makes one line.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from com1d.config import keys
from com1d.config.clashes import clashes
from com1d.config.model import (
    Config,
    ConsoleConfig,
    DaemonConfig,
    DiscoverConfig,
    GatewayConfig,
    HookConfig,
    PortAddress,
    RoleConfig,
)
from com1d.config.naming import PLACEHOLDER, control_of, demand_name, port_of, qemu_log_of
from com1d.config.sources import Source, read_all
from com1d.config.values import Reader, RefusedValueError, dotted, shown
from com1d.errors import ConfigError, ConfigProblem


def load(path: Path) -> Config:
    """Read a configuration file and `conf.d/*.toml` beside it.

    Blocks, for some 0.2 s with 4,000 consoles: call it off the loop. Raises `ConfigError` with
    every problem of every file.
    """
    return assemble(read_all(path))


def assemble(sources: Sequence[Source]) -> Config:
    """Put together what the files say. Raises `ConfigError` with every problem of every file."""
    assembly = _Assembly(sources)
    config = assembly.config()
    if assembly.problems:
        order = {source.file: place for place, source in enumerate(sources)}
        raise ConfigError(sorted(assembly.problems, key=lambda problem: order[problem.file]))
    return config


NOWHERE: Final = PortAddress("unix", "")
"""The port of a template; a VM that is found brings its own."""


class _Assembly:
    """Walks through the tables once and collects values and problems."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self.problems = [source.problem for source in sources if source.problem]
        self._sources = sources
        self._files: dict[tuple[str, str], str] = {}
        """Where the keys of [daemon] and [defaults] and the consoles stand: (table, key) → file."""

    def config(self) -> Config:
        """Give what could be read. Worth something only if there are no problems then."""
        self._check_tables()
        daemon = DaemonConfig(**self._spread_table("daemon", keys.DAEMON))
        inherited = self._spread_table("defaults", keys.CONSOLE)
        consoles = {console.name: console for console in self._consoles(inherited)}
        roles = tuple(self._roles())
        gateways = tuple(self._gateways())
        discover = tuple(self._discoveries(inherited))
        hooks = tuple(self._hooks())
        for clash in clashes(daemon, consoles.values(), discover):
            self._refuse(self._files[clash.place], clash.key, clash.expected, clash.value)
        return Config(daemon, consoles, roles, gateways, discover, hooks)

    def _check_tables(self) -> None:
        for source in self._sources:
            for key in source.table:
                if key not in keys.TABLES:
                    self._refuse(source.file, dotted(key), keys.unknown(key, keys.TABLES))

    def _spread_table(self, name: str, readers: Mapping[str, Reader]) -> dict[str, Any]:
        """Read a table that may be spread over files, each key in one of them."""
        values: dict[str, Any] = {}
        for file, table in self._tables(name):
            fresh = {key: table[key] for key in table if self._is_first(file, name, key)}
            values |= self._read(file, name, fresh, readers)
        return values

    def _consoles(self, inherited: Mapping[str, Any]) -> Iterator[ConsoleConfig]:
        for file, table in self._tables("consoles"):
            for name, entry in table.items():
                if not self._is_first(file, "consoles", name):
                    continue
                named = self._is_name(file, name)
                values = {**inherited, **self._console(file, dotted("consoles", name), entry)}
                if named and "port" in values and self._spell_out(file, name, values):
                    yield ConsoleConfig(name=name, **values)

    def _spell_out(self, file: str, name: str, values: dict[str, Any]) -> bool:
        """Put the console's name where a setting has `{name}`; report a path that is too long."""
        try:
            values["port"] = port_of(values["port"], name)
            values["control"] = control_of(values.get("control"), name)
            values["qemu_log"] = qemu_log_of(values.get("qemu_log"), name)
        except RefusedValueError as error:
            self._refuse(file, dotted("consoles", name), str(error))
            return False
        return True

    def _discoveries(self, inherited: Mapping[str, Any]) -> Iterator[DiscoverConfig]:
        common = {key: value for key, value in inherited.items() if key in keys.DISCOVER}
        for file, table in self._tables("discover"):
            for name, entry in table.items():
                if self._is_first(file, "discover", name):
                    yield from self._discovery(file, name, entry, common)

    def _discovery(
        self, file: str, name: str, entry: object, common: Mapping[str, Any]
    ) -> Iterator[DiscoverConfig]:
        key = dotted("discover", name)
        if not self._is_name(file, name, "discover"):
            return
        if not isinstance(entry, dict):
            self._refuse(file, key, f"must be a table: [{key}]", shown(entry))
            return
        values = self._read(file, key, entry, keys.DISCOVER)
        if len(entry.keys() & {"glob", "uri"}) != 1:
            expected = 'must have either glob = "/run/qemu/*/com1.sock" or uri = "qemu:///system"'
            self._refuse(file, key, expected)
            return
        if len(entry.keys() & {"qmp", "control"}) > 1:
            self._refuse(file, f"{key}.qmp", "must not stand beside control, which says the same")
        if control := values.pop("qmp", None):
            values["control"] = control
        control = str(values.get("control", ""))
        if control.startswith(("qmp:", "chv:")) and PLACEHOLDER not in control:
            self._refuse(file, f"{key}.control", "must have {name} in it", shown(control))
        where = {setting: values.pop(setting, None) for setting in ("glob", "uri")}
        if any(where.values()):
            template = ConsoleConfig("", NOWHERE, **{**common, **values}, discovered=name)
            yield DiscoverConfig(name, template, **where)

    def _console(self, file: str, key: str, entry: object) -> dict[str, Any]:
        if not isinstance(entry, dict):
            self._refuse(file, key, f"must be a table: [{key}]", shown(entry))
            return {}
        if "port" not in entry and ("defaults", "port") not in self._files:
            self._refuse(file, f"{key}.port", 'is missing; it can be "pipe:/path", for example')
        return self._read(file, key, entry, keys.CONSOLE)

    def _is_name(self, file: str, name: str, table: str = "consoles") -> bool:
        """Tell whether a console may have this name, and report it if not."""
        try:
            demand_name(name)
        except RefusedValueError as error:
            self._refuse(file, dotted(table, name), str(error))
            return False
        return True

    def _roles(self) -> Iterator[RoleConfig]:
        for file, key, entry in self._entries("roles"):
            yield from self._role(file, key, entry)

    def _gateways(self) -> Iterator[GatewayConfig]:
        for file, key, entry in self._entries("gateways"):
            values = self._read(file, key, entry, keys.GATEWAY)
            if len(entry.keys() & keys.GATEWAY.keys()) != 1:
                self._refuse(file, key, 'must have either user = "com1-web" or uid = 990')
            elif values:
                yield GatewayConfig(*values.values())

    def _hooks(self) -> Iterator[HookConfig]:
        for file, key, entry in self._entries("hooks"):
            values = self._read(file, key, entry, keys.HOOK)
            missing = [required for required in ("state", "run") if required not in entry]
            for required in missing:
                self._refuse(file, f"{key}.{required}", "is missing")
            if not missing and len(values) == len(entry):
                yield HookConfig(**values)

    def _entries(self, name: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Give the tables of an array of tables: file, key, and what it holds."""
        for source in self._sources:
            entries = source.table.get(name, [])
            if not isinstance(entries, list):
                self._refuse(source.file, name, f"must be tables: [[{name}]]", shown(entries))
                continue
            for number, entry in enumerate(entries, start=1):
                key = f"{name}#{number}"
                if isinstance(entry, dict):
                    yield source.file, key, entry
                else:
                    self._refuse(source.file, key, f"must be a table: [[{name}]]", shown(entry))

    def _role(self, file: str, key: str, entry: dict[str, Any]) -> Iterator[RoleConfig]:
        values = self._read(file, key, entry, keys.ROLE)
        for required in keys.ROLE:
            if required not in entry:
                self._refuse(file, f"{key}.{required}", "is missing")
        if len(values) == len(keys.ROLE):
            kind, who = values["principal"]
            yield RoleConfig(kind, who, values["role"], values["scope"])

    def _tables(self, name: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for source in self._sources:
            table = source.table.get(name, {})
            if isinstance(table, dict):
                yield source.file, table
            else:
                self._refuse(source.file, name, f"must be a table: [{name}]", shown(table))

    def _is_first(self, file: str, table: str, key: str) -> bool:
        """Tell whether no earlier file has set the key, and report a second time."""
        first = self._files.setdefault((table, key), file)
        if first != file:
            self._refuse(file, dotted(table, key), f"is already set in {first}")
        return first == file

    def _read(
        self, file: str, prefix: str, table: Mapping[str, object], readers: Mapping[str, Reader]
    ) -> dict[str, Any]:
        """Give the values that can be read; report the others, and keys that do not exist."""
        values = {}
        for key, value in table.items():
            where = f"{prefix}.{dotted(key)}"
            if key not in readers:
                self._refuse(file, where, keys.unknown(key, tuple(readers)))
                continue
            try:
                values[key] = readers[key](value)
            except RefusedValueError as error:
                self._refuse(file, where, str(error), shown(value))
        return values

    def _refuse(self, file: str, key: str, expected: str, value: str = "") -> None:
        self.problems.append(ConfigProblem(file, key, value, expected))

"""conman.conf: lines of `SERVER`, `GLOBAL` and `CONSOLE`, each with `key="value"` pairs."""

import re
from typing import Final

from com1d.tools.importing.found import Found, Value, line_settings


_PAIR: Final = re.compile(r"""([A-Za-z]+)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s#]+))""")
_DONE_ANYHOW: Final = frozenset({"keepalive", "loopback", "pidfile", "logfile", "coredump", "port"})
_FOLD: Final = re.compile(r"\\\n")
_TEST: Final = "test:"


def read(text: str, file: str) -> Found:
    """Read a configuration."""
    found, globals_ = Found(), dict[str, str]()
    for number, row in enumerate(_FOLD.sub(" ", text).splitlines(), start=1):
        word, _, rest = row.strip().partition(" ")
        pairs = {key.lower(): a or b or c for key, a, b, c in _PAIR.findall(rest)}
        match word.lower():
            case "global":
                globals_ |= pairs
            case "console":
                _console(found, f"{file}:{number}", globals_ | pairs)
            case "server":
                _server(found, f"{file}:{number}", pairs)
            case "" | _ if not word or word.startswith("#"):
                pass
            case _:
                found.lose(f"{file}:{number}", f"{word!r} is no directive of conman")
    return found


def _server(found: Found, place: str, pairs: dict[str, str]) -> None:
    for key, value in pairs.items():
        if key == "resetcmd":
            text = f'resetcmd {value!r}: write it as control = "exec:/PROGRAM" of each console'
            found.lose(place, text)
        elif key == "tcpwrappers":
            found.lose(place, "tcpwrappers: com1d opens no network port")
        elif key == "logdir":
            found.lose(place, f"logdir {value!r}: set log_dir in [daemon]; logs have com1d's form")
        elif key not in _DONE_ANYHOW | {"timestamp", "execpath", "nofile", "syslog"}:
            found.lose(place, f"{key} = {value!r} has no equal")


def _console(found: Found, place: str, pairs: dict[str, str]) -> None:
    name, dev = pairs.get("name", ""), pairs.get("dev", "")
    if not name or not dev:
        found.lose(place, "a console without name or dev")
        return
    settings = _port(dev, pairs)
    if settings is None:
        found.lose(place, f"{name}: dev {dev!r} {_instead(dev)}")
        return
    for key in pairs.keys() & {"logopts"}:
        if "timestamp" not in pairs[key]:
            found.lose(place, f"{name}: {key} {pairs[key]!r}: `com1 log` has --timestamps, --raw")
    found.add(name, settings)


def _port(dev: str, pairs: dict[str, str]) -> dict[str, Value] | None:
    """Give the settings of a device; None for one that com1d has no kind of port for."""
    if dev.startswith("unix:"):
        return {"port": f"unix:{dev.removeprefix('unix:')}"}
    if dev.startswith("/dev/"):
        return {"port": f"serial:{dev}"} | (line_settings(pairs.get("seropts", "9600,8n1")) or {})
    if dev.startswith("/"):
        return {"port": f"exec:{dev}"}
    if re.fullmatch(r"[\w.-]+:\d+", dev):
        return {"port": f"telnet:{dev}"}
    return None


def _instead(dev: str) -> str:
    if dev.startswith("ipmi:"):
        host = dev.removeprefix("ipmi:")
        return (
            'has no port of its own: "exec:/usr/bin/ipmitool -I lanplus -H '
            f'{host} -U USER -f /etc/com1d/{host}.password sol activate"'
        )
    return "has no equal"

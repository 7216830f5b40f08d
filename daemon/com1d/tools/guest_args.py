"""`com1d guest-args NAME`: what to start a console's VM with, for the QEMU that is installed here.

What differs between versions (QEMU's `deprecated.rst` and QAPI `char.json`): since 9.2 a socket
dials again after `reconnect-ms` milliseconds, and `reconnect` seconds are on their way out; since
9.2 a pty has a `path`, a symbolic link that QEMU makes to it.
"""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias
from xml.sax.saxutils import quoteattr

from com1d.config import Config, ConsoleConfig, PortAddress, load
from com1d.config.settings.addresses import host_and_port
from com1d.errors import EX_CONFIG, EX_FAILURE, EX_OK, EX_USAGE, Com1Error, ConfigError
from com1d.tools.plain_paths import FOLDER, plain
from com1d.values import dataclass


PROGRAMS: Final = ("qemu-system-x86_64", "qemu-kvm", "kvm", "/usr/libexec/qemu-kvm")
"""Where QEMU is: upstream's and Debian's name, then those of other distributions."""

PROBE_SECONDS: Final = 10.0
"""`--version` takes some 20 ms, the first time from a slow disk a second."""

SINCE_9_2: Final = (9, 2)

Version: TypeAlias = tuple[int, int]


class Qemu(NamedTuple):
    """The QEMU that is installed."""

    program: str
    text: str
    """Its version as it says it."""
    version: Version


@dataclass(frozen=True, slots=True)
class Advice:
    """What to start a console's VM with."""

    arguments: tuple[str, ...] = ()
    """Of QEMU's command line."""
    xml: str = ""
    """For the domain of libvirt; more than one element where the control needs one, too."""
    notes: tuple[str, ...] = ()
    """What to know besides."""


_LIBVIRT_CONTROL: Final = (
    'control = "libvirt:qemu:///system" needs no second monitor, nor a directory for its socket in '
    "which the user that libvirt runs QEMU as may write"
)


def guest_args(path: Path, name: str, *, libvirt: bool = False, as_json: bool = False) -> int:
    """Print what to start the VM of the console `name` with. Give the exit code.

    Arguments or XML go to stdout, each argument as a shell takes it out of `$(…)`: whole, without
    quotes, which it would not heed there. What to know about them goes to stderr. With `as_json`
    everything is one object on stdout.
    """
    try:
        config = load(path)
    except ConfigError as error:
        sys.stderr.write(f"{error}\n")
        return EX_CONFIG
    console = config.consoles.get(name)
    if console is None:
        sys.stderr.write(f"com1d: {_unknown(config, name, path)}\n")
        return EX_USAGE
    qemu = installed()
    advice = advise(console, qemu)
    try:
        words = advise(_plain(console, config.daemon.runtime_dir / FOLDER), qemu).arguments
    except Com1Error as error:
        if not (libvirt or as_json):
            sys.stderr.write(f"com1d: {name}: {error}; or use --json\n")
            return EX_FAILURE
        words = advice.arguments
    notes = advice.notes
    if libvirt and (console.control or "").startswith("qmp:"):
        notes += (_LIBVIRT_CONTROL,)
    advice = replace(advice, arguments=words, notes=notes)
    if as_json:
        _print_json(console, qemu, advice)
    else:
        _print_text(console.name, advice, libvirt=libvirt)
    return EX_OK if advice.arguments and (advice.xml or not libvirt) else EX_FAILURE


def _plain(console: ConsoleConfig, folder: Path) -> ConsoleConfig:
    """Give the console with paths that a shell leaves whole."""
    kind = console.port.kind
    target = plain(kind, console.port.target, folder, f"{console.name}.port")
    control, colon, path = (console.control or "").partition(":")
    if control in ("qmp", "chv"):
        path = plain(control, path, folder, f"{console.name}.{control}")
    return replace(
        console, port=PortAddress(kind, target), control=f"{control}{colon}{path}" or None
    )


def installed() -> Qemu | None:
    """Ask QEMU for its version; None where it is not installed, or does not say."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        return None
    try:
        said = subprocess.run(  # noqa: S603 - the host's QEMU, found by its usual names
            [found, "--version"], capture_output=True, text=True, timeout=PROBE_SECONDS, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"version ((\d+)\.(\d+)[^\s(]*)", said)
    return Qemu(found, match[1], (int(match[2]), int(match[3]))) if match else None


def advise(console: ConsoleConfig, qemu: Qemu | None) -> Advice:
    """Give what to start the VM of `console` with. Pure.

    Where no QEMU is installed, in the words of those before 9.2, which 9.2 and 10 take, too.
    """
    if (console.control or "").startswith("chv:"):
        return _cloud_hypervisor(console)
    port = _PORTS[console.port.kind](console.port.target, qemu.version if qemu else (0, 0))
    if not port.arguments:
        return port
    control = _control(console.control)
    return Advice(
        port.arguments + control.arguments,
        port.xml + control.xml,
        (_for_whom(qemu), *port.notes, *control.notes),
    )


def _for_whom(qemu: Qemu | None) -> str:
    if qemu is None:
        return "no QEMU is installed here; this is for QEMU 6.0 to 10.x"
    return f"for QEMU {qemu.text}, {qemu.program}"


def _cloud_hypervisor(console: ConsoleConfig) -> Advice:
    """Give the same for Cloud Hypervisor, whose serial port listens on a socket."""
    if console.port.kind != "unix":
        return Advice(
            notes=(f"Cloud Hypervisor has no {console.port.kind}: port for com1d; use unix:/path",)
        )
    api = str(console.control).removeprefix("chv:")
    return Advice(
        ("--serial", f"socket={console.port.target}", "--api-socket", f"path={api}"),
        notes=("for Cloud Hypervisor, whose kernel has console=ttyS0", "libvirt has no XML for it"),
    )


# -- kinds of port --------------------------------------------------------------------------------


def _pipe(path: str, _version: Version) -> Advice:
    return Advice(
        _serial("pipe", path=path),
        _device("pipe", f"<source path={quoteattr(path)}/>"),
        (
            "com1d makes the FIFOs when it starts or reloads, and QEMU does not start without them",
            "QEMU has to be root, or in the group that com1d check names beside guests",
        ),
    )


def _listen(path: str, version: Version) -> Advice:
    again = {"reconnect-ms": "1000"} if version >= SINCE_9_2 else {"reconnect": "1"}
    return Advice(
        _serial("socket", path=path, server="off", **again),
        _device(
            "unix",
            f"<source mode='connect' path={quoteattr(path)}>"
            "<reconnect enabled='yes' timeout='1'/></source>",
        ),
        ("QEMU dials com1d, and again every second; what is printed meanwhile is lost",),
    )


def _unix(path: str, _version: Version) -> Advice:
    return Advice(
        _serial("socket", path=path, server="on", wait="off"),
        _device("unix", f"<source mode='bind' path={quoteattr(path)}/>"),
        ("what is printed while com1d is not connected is lost",),
    )


def _pty(path: str, version: Version) -> Advice:
    note = (
        f"QEMU makes a pty with another number at every start; have {path} be a symbolic link to it"
    )
    link = {}
    if version >= SINCE_9_2 and not path.startswith("/dev/pts/"):
        link, note = {"path": path}, f"QEMU makes {path}, a symbolic link to the pty"
    lost = "the last words of a dying VM are lost"
    return Advice(_serial("pty", **link), _device("pty", ""), (note, lost))


def _tcp(target: str, version: Version) -> Advice:
    return _network(target, version, "raw")


def _telnet(target: str, version: Version) -> Advice:
    return _network(target, version, "telnet", telnet="on")


def _network(target: str, _version: Version, protocol: str, **options: str) -> Advice:
    host, number = host_and_port(target)
    place = f"<source mode='bind' host={quoteattr(host)} service='{number}'/>"
    return Advice(
        _serial("socket", host=host, port=str(number), server="on", wait="off", **options),
        _device("tcp", f"{place}<protocol type='{protocol}'/>"),
        (f"QEMU has to listen at {target}; anybody who reaches it may connect instead of com1d",),
    )


def _real(path: str, _version: Version) -> Advice:
    return Advice(notes=(f"{path} is a real line: there is no VM to start, only a cable to plug",))


def _remote(target: str, _version: Version) -> Advice:
    return Advice(notes=(f"{target} is a port of a console server: there is no VM to start",))


def _program(command: str, _version: Version) -> Advice:
    return Advice(notes=(f"com1d runs {command} for this port: there is no VM to start",))


def _demo(_target: str, _version: Version) -> Advice:
    return Advice(notes=("com1d simulates this guest itself: there is nothing to start",))


_PORTS: Final[dict[str, Callable[[str, Version], Advice]]] = {
    "pipe": _pipe,
    "listen": _listen,
    "unix": _unix,
    "pty": _pty,
    "tcp": _tcp,
    "telnet": _telnet,
    "rfc2217": _remote,
    "serial": _real,
    "exec": _program,
    "demo": _demo,
}


# -- words ----------------------------------------------------------------------------------------


def _serial(kind: str, **options: str) -> tuple[str, ...]:
    """Give COM1 on a character device."""
    return "-chardev", _options(kind, id="com1", **options), "-serial", "chardev:com1"


def _options(kind: str, **options: str) -> str:
    """Write options as QEMU reads them: a comma in a value is doubled."""
    values = (f"{key}={value.replace(',', ',,')}" for key, value in options.items())
    return ",".join((kind, *values))


def _device(kind: str, source: str) -> str:
    return f"<serial type='{kind}'>{source}<target port='0'/></serial>\n"


def _control(address: str | None) -> Advice:
    kind, _, path = (address or "").partition(":")
    if kind != "qmp":
        return Advice()
    arguments = (
        *("-chardev", _options("socket", id="com1d-qmp", path=path, server="on", wait="off")),
        *("-mon", "chardev=com1d-qmp,mode=control"),
    )
    elements = "".join(f"  <qemu:arg value={quoteattr(word)}/>\n" for word in arguments)
    return Advice(
        arguments,
        f"<qemu:commandline xmlns:qemu='{QEMU_NAMESPACE}'>\n{elements}</qemu:commandline>\n",
        (f"{path} is for com1d alone: QEMU serves one client there",),
    )


QEMU_NAMESPACE: Final = "http://libvirt.org/schemas/domain/qemu/1.0"
"""Of the elements that libvirt passes on to QEMU as they are."""


# -- printing -------------------------------------------------------------------------------------


def _print_text(name: str, advice: Advice, *, libvirt: bool) -> None:
    for note in advice.notes:
        sys.stderr.write(f"com1d: {name}: {note}\n")
    if libvirt:
        sys.stdout.write(advice.xml)
        return
    pairs = zip(advice.arguments[::2], advice.arguments[1::2], strict=True)
    sys.stdout.write("".join(f"{option} {value}\n" for option, value in pairs))


def _print_json(console: ConsoleConfig, qemu: Qemu | None, advice: Advice) -> None:
    value = {
        "console": console.name,
        "port": str(console.port),
        "control": console.control,
        "qemu": {"program": qemu.program, "version": qemu.text} if qemu else None,
        "arguments": advice.arguments,
        "libvirt": advice.xml,
        "notes": advice.notes,
    }
    sys.stdout.write(json.dumps(value, indent=2) + "\n")


def _unknown(config: Config, name: str, path: Path) -> str:
    known = ", ".join(list(config.consoles)[:NAMED]) or "none at all"
    return f"{path.name!a} has no console {name!a}; it has {known}"


NAMED: Final = 10
"""Names of consoles that an error lists."""

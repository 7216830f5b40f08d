"""SAC's commands that read or change the computer: one function each, from words to text.

The commands that concern channels, or that end the boot, are in `sac`.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import AddressValueError, IPv4Address
from typing import Final

from com1d.ports.demo import boot, texts
from com1d.ports.demo.machine import Machine, Process


Command = Callable[[Machine, list[str], float], str]
"""Takes the computer, the words after the command's name, and the time; gives what to print."""

LOWEST_PRIORITY: Final = 1
HIGHEST_PRIORITY: Final = 15
YEARS: Final = range(1980, 2100)


def help_list(_machine: Machine, _words: list[str], _now: float) -> str:
    """`?` and `help`."""
    return texts.HELP


def kernel_log(machine: Machine, _words: list[str], _now: float) -> str:
    """`d`: what was loaded, and when."""
    loaded = machine.utc(machine.booted) + timedelta(seconds=0.7)
    return "".join(
        f"{loaded + timedelta(milliseconds=41 * number):%H:%M:%S.%f}"[:-3]
        + f" : KRNL: Loading \\SystemRoot\\System32\\{driver}\n"
        for number, driver in enumerate(boot.DRIVERS)
    )


def toggle_threads(machine: Machine, _words: list[str], _now: float) -> str:
    """`f`."""
    machine.threads_shown = not machine.threads_shown
    return texts.THREADS_ON if machine.threads_shown else texts.THREADS_OFF


def toggle_paging(machine: Machine, _words: list[str], _now: float) -> str:
    """`p`."""
    machine.paging = not machine.paging
    return texts.PAGING_ON if machine.paging else texts.PAGING_OFF


def network(machine: Machine, words: list[str], _now: float) -> str:
    """`i`, alone or with a number, address, subnet mask and gateway to set."""
    match words:
        case []:
            return texts.ADDRESS.format(
                ip=machine.address, subnet=machine.subnet, gateway=machine.gateway
            )
        case ["1", ip, subnet, gateway]:
            return _set_network(machine, ip, subnet, gateway)
        case _:
            return texts.BAD_PARAMETER


def _set_network(machine: Machine, ip: str, subnet: str, gateway: str) -> str:
    parsed = []
    complaints = (texts.BAD_IP, texts.BAD_SUBNET, texts.BAD_GATEWAY)
    for word, complaint in zip((ip, subnet, gateway), complaints, strict=True):
        try:
            parsed.append(IPv4Address(word))
        except AddressValueError:
            return complaint
    machine.address, machine.subnet, machine.gateway = parsed
    return texts.ADDRESS_SET


def identity(machine: Machine, _words: list[str], now: float) -> str:
    """`id`."""
    minutes, seconds = divmod(int(machine.uptime(now).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return texts.IDENTITY.format_map(boot.identity()) + texts.TIME_SINCE_REBOOT.format(
        hours=hours, minutes=minutes, seconds=seconds
    )


def clock(machine: Machine, words: list[str], now: float) -> str:
    """`s`, alone or with a date and time to set."""
    if not words:
        time = machine.utc(now)
        return texts.CLOCK.format(time, time.microsecond // 1000)
    try:
        time = datetime.strptime(" ".join(words), "%m/%d/%Y %H:%M").replace(tzinfo=UTC)
    except ValueError:
        return texts.BAD_PARAMETER
    if time.year not in YEARS:
        return texts.BAD_YEAR
    machine.set_clock(time, now)
    return texts.CLOCK_SET.format(time)


def kill(machine: Machine, words: list[str], _now: float) -> str:
    """`k`. Nothing comes of it but a shorter list."""
    pid = _pid(words, 1)
    if pid is None:
        return texts.BAD_PARAMETER
    return texts.KILLED if machine.processes.pop(pid, None) else texts.NOT_KILLED


def lower(machine: Machine, words: list[str], _now: float) -> str:
    """`l`."""
    pid = _pid(words, 1)
    if pid is None:
        return texts.BAD_PARAMETER
    if pid not in machine.processes:
        return texts.NOT_LOWERED
    machine.processes[pid] = replace(machine.processes[pid], priority=LOWEST_PRIORITY)
    return texts.LOWERED


def raise_priority(machine: Machine, words: list[str], _now: float) -> str:
    """`r`."""
    pid = _pid(words, 1)
    if pid is None:
        return texts.BAD_PARAMETER
    if pid not in machine.processes:
        return texts.NOT_RAISED
    process = machine.processes[pid]
    if process.priority >= HIGHEST_PRIORITY:
        return texts.AS_HIGH_AS_IT_GOES
    machine.processes[pid] = replace(process, priority=process.priority + 1)
    return texts.RAISED


def limit_memory(machine: Machine, words: list[str], _now: float) -> str:
    """`m`. The limit itself is not simulated."""
    pid = _pid(words, 2)
    if pid is None:
        return texts.BAD_PARAMETER
    return texts.LIMITED if pid in machine.processes else texts.NOT_LIMITED


def _pid(words: list[str], count: int) -> int | None:
    """Give the process id from a command's words, which are numbers and `count` of them."""
    if len(words) != count or not all(word.isdecimal() for word in words):
        return None
    return int(words[0])


def process_list(machine: Machine, _words: list[str], now: float) -> str:
    """`t`."""
    uptime = _span(int(machine.uptime(now).total_seconds() * 1000))
    head = f"memory: 4194304 kb  uptime:{uptime}\n\n"
    if machine.threads_shown:
        return head + "".join(_detailed(pid, p) for pid, p in machine.processes.items())
    columns = "    User Time   Kernel Time    Ws   Faults  Commit Pri Hnd Thd  Pid Name\n"
    return head + columns + "".join(_row(pid, p) for pid, p in machine.processes.items())


def _row(pid: int, p: Process) -> str:
    times = f"{_span(p.user_time)} {_span(p.kernel_time)}"
    sizes = f"{p.working_set:6} {p.faults:8} {p.commit:7}"
    return f"{times}{sizes} {p.priority:2} {p.handles:4} {p.threads:3} {pid:4} {p.name}\n"


def _detailed(pid: int, p: Process) -> str:
    line = f"pid:{pid:3x} pri:{p.priority:2} Hnd:{p.handles:5}"
    return f"{line} Pf:{p.faults:7} Ws:{p.working_set:7}K {p.name}\n"


def _span(milliseconds: int) -> str:
    """Write a time span as SAC does: hours in three places, then minutes, seconds and the rest."""
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:3}:{minutes:02}:{seconds:02}.{milliseconds:03}"


COMMANDS: Final[dict[str, Command]] = {
    "?": help_list,
    "help": help_list,
    "d": kernel_log,
    "f": toggle_threads,
    "i": network,
    "id": identity,
    "k": kill,
    "l": lower,
    "m": limit_memory,
    "p": toggle_paging,
    "r": raise_priority,
    "s": clock,
    "t": process_list,
}

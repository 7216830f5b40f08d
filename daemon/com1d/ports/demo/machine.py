"""The simulated computer: its name, clock, address and processes, from one boot to the next."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum, auto
from ipaddress import IPv4Address
from typing import Final


NAME: Final = "DEMO01"
GUID: Final = "4c4c4544-0044-3110-8045-c7c04f4d3031"
ARCHITECTURE: Final = "AMD64"
VERSION: Final = "10.0"
BUILD: Final = "20348"
PRODUCT: Final = "Windows Server 2022 Datacenter"
SERVICE_PACK: Final = "None"
MAC: Final = "02-00-00-00-00-04"
ADDRESS: Final = IPv4Address("10.0.0.4")
SUBNET: Final = IPv4Address("255.255.255.0")
GATEWAY: Final = IPv4Address("10.0.0.1")


class Power(Enum):
    """What somebody at a prompt asked of the computer as a whole."""

    RESTART = auto()
    SHUTDOWN = auto()
    CRASH = auto()
    RESET = auto()
    """Restart at once: after a stop there is nothing left to shut down."""
    QUIT = auto()
    """Leave `!SAC>`: nothing answers any more."""


@dataclass(slots=True)
class Process:
    """A line of the process list. Sizes are in kB, times in milliseconds."""

    name: str
    priority: int
    handles: int
    threads: int
    working_set: int
    faults: int
    commit: int
    user_time: int
    kernel_time: int


def _processes() -> dict[int, Process]:
    return {
        0: Process("Idle Process", 0, 0, 2, 8, 9, 60, 0, 1_200),
        4: Process("System", 8, 1_212, 96, 144, 4_021, 196, 0, 940),
        312: Process("smss.exe", 11, 53, 2, 1_204, 1_310, 1_068, 0, 31),
        428: Process("csrss.exe", 13, 261, 9, 5_120, 3_377, 1_816, 15, 109),
        500: Process("wininit.exe", 13, 160, 2, 6_880, 2_411, 1_352, 0, 62),
        612: Process("services.exe", 9, 431, 6, 9_304, 5_088, 4_720, 78, 296),
        620: Process("lsass.exe", 9, 918, 8, 15_436, 9_150, 5_964, 109, 171),
        744: Process("svchost.exe", 8, 702, 14, 20_584, 12_877, 9_208, 140, 203),
        812: Process("svchost.exe", 8, 1_460, 33, 41_260, 30_912, 22_516, 625, 515),
        1276: Process("WaAppAgent.exe", 8, 388, 12, 33_972, 18_244, 27_120, 296, 140),
        1388: Process("msdtc.exe", 8, 166, 9, 7_616, 2_504, 2_796, 0, 15),
    }


@dataclass(slots=True)
class Machine:
    """What one boot of the computer knows. `now` is the guest's clock, in seconds."""

    booted: float
    clock: datetime
    """The date and time, in UTC, at `booted`. Setting the clock moves it."""
    address: IPv4Address = ADDRESS
    subnet: IPv4Address = SUBNET
    gateway: IPv4Address = GATEWAY
    processes: dict[int, Process] = field(default_factory=_processes)
    threads_shown: bool = False
    paging: bool = True

    def utc(self, now: float) -> datetime:
        """Read the computer's clock."""
        return self.clock + timedelta(seconds=now - self.booted)

    def uptime(self, now: float) -> timedelta:
        """Say how long ago the computer booted."""
        return timedelta(seconds=now - self.booted)

    def set_clock(self, to: datetime, now: float) -> None:
        """Set the computer's clock to a time in UTC."""
        self.clock = to - self.uptime(now)

"""What the computer prints while it boots: firmware, loader, drivers, and who it is."""

from collections.abc import Iterator
from typing import Final

from com1d.ports.demo import machine, texts


SAC_STARTS: Final = 2.0
"""Seconds from power on to the SAC banner, where a real computer takes a minute or more."""

CMD_REGISTERS: Final = 2.4
"""Seconds from power on until the `cmd` command works."""

FIRMWARE: Final = """
com1d demo guest: 2 CPUs, 4096 MB, COM1 at 115200 8N1
Booting from hard disk 0...

"""

LOADER: Final = f"""\
Windows Boot Manager
Starting {machine.PRODUCT}, build {machine.BUILD}

"""

WELCOME: Final = """\
This guest is simulated. In a Command Prompt channel, any user name with any
password that is not empty logs in.
"""

BOOT_DRIVERS: Final = ("ntoskrnl.exe", "hal.dll", "kdcom.dll", "ACPI.sys", "disk.sys", "Ntfs.sys")
"""What the loader names on the console as it loads it."""

LATER_DRIVERS: Final = (
    "CLFS.sys", "tm.sys", "pci.sys", "partmgr.sys", "volmgr.sys", "mountmgr.sys", "storahci.sys",
    "fltmgr.sys", "ksecdd.sys", "ndis.sys", "tcpip.sys", "fwpkclnt.sys", "volsnap.sys", "mup.sys",
    "crashdmp.sys", "serial.sys", "serenum.sys", "sacdrv.sys", "netkvm.sys", "afd.sys", "srv2.sys",
)  # fmt: skip

DRIVERS: Final = BOOT_DRIVERS + LATER_DRIVERS


def steps() -> Iterator[tuple[float, str]]:
    """Give what to print before SAC starts, and when, in seconds from power on."""
    yield 0.0, FIRMWARE
    yield 0.5, LOADER
    for number, driver in enumerate(BOOT_DRIVERS):
        yield 0.7 + number / 10, f"Loading \\SystemRoot\\System32\\{driver}\n"
    yield 1.4, "\n" + WELCOME + "\n<?xml>\n" + machine_info()


def machine_info() -> str:
    """Give the XML with which Windows says who it is, at boot and after a bugcheck."""
    return texts.MACHINE_INFO_XML.format_map(identity())


def identity() -> dict[str, str]:
    """Give the computer's identification, by the names that the texts use."""
    return {
        "name": machine.NAME,
        "guid": machine.GUID,
        "architecture": machine.ARCHITECTURE,
        "version": machine.VERSION,
        "build": machine.BUILD,
        "product": machine.PRODUCT,
        "service_pack": machine.SERVICE_PACK,
    }

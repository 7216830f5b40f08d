"""The texts of what comes before a kernel: firmware, and the menus of boot loaders."""

from typing import Final

from com1d.core.guest.landmarks.landmark import landmark
from com1d.core.guest.states import WINDOWS, State
from com1d.core.guest.text import LINE_END


FIRMWARE: Final = (
    landmark(State.FIRMWARE, "SeaBIOS (version ", r"SeaBIOS \(version [^\n)]{1,80}\)", boots=True),
    landmark(State.FIRMWARE, "iPXE (", r"iPXE \((?:http|PCI)[^\n]{1,80}\n"),
    landmark(State.FIRMWARE, "iPXE initialising devices", boots=True),
    landmark(State.FIRMWARE, "iPXE 1.", r"iPXE 1\.\d[^\n]{0,80} -- Open Source Network Boot"),
    landmark(
        State.FIRMWARE, "Booting from ", rf"Booting from [^\n]{{1,60}}\.\.\.{LINE_END}", boots=True
    ),
    landmark(State.FIRMWARE, "Boot failed: ", r"Boot failed: [^\n]{1,80}\n"),
    landmark(State.FIRMWARE, "No bootable device", r"No bootable device[^\n]{0,60}\n"),
    landmark(State.FIRMWARE, "BdsDxe: ", r"BdsDxe: (?:loading|starting|failed) [^\n]{1,200}\n", boots=True),
    landmark(State.FIRMWARE, ">>Start PXE over IPv", r">>Start PXE over IPv[46]"),
    landmark(State.FIRMWARE, ">>Start HTTP Boot over IPv", r">>Start HTTP Boot over IPv[46]"),
    landmark(State.FIRMWARE, "UEFI Interactive Shell v", boots=True),
    landmark(State.FIRMWARE, "EDK II", rf"EDK II(?: |{LINE_END})"),
    # OVMF's setup: its front page, painted.
    landmark(State.FIRMWARE, "Select Language ", r" {0,79}Select Language {2,60}<"),
    landmark(State.FIRMWARE, "Boot Manager Menu", rf" {{0,79}}Boot Manager Menu{LINE_END}"),
    landmark(
        State.FIRMWARE, "American Megatrends",
        r"(?:AMIBIOS|Aptio|Version )[^\n]{0,60}American Megatrends", boots=True,
        inside=True,
    ),
    landmark(State.FIRMWARE, "PhoenixBIOS ", r"PhoenixBIOS \d[^\n]{1,80}\n", boots=True),
    landmark(
        State.FIRMWARE, "coreboot-", r"(?:\[[A-Z]{3,8}\] {1,4})?coreboot-[^\n]{1,120} starting",
        boots=True, inside=True,
    ),
    landmark(State.FIRMWARE, "U-Boot ", r"U-Boot (?:SPL |TPL )?20\d\d\.\d\d[^\n]{0,120}\n", boots=True),
    landmark(State.FIRMWARE, "barebox 20", r"barebox 20\d\d\.\d\d[^\n]{0,120}\n", boots=True),
    landmark(State.FIRMWARE, "OpenBoot ", r"OpenBoot \d\.\d[^\n]{1,120}\n", boots=True),
    landmark(State.FIRMWARE, "OpenSBI v", r"OpenSBI v\d[^\n]{0,60}\n", boots=True),
    landmark(State.FIRMWARE, "NOTICE:  BL", r"NOTICE:  BL\d[^\n]{0,20}: [^\n]{1,120}\n", boots=True),
    landmark(State.FIRMWARE, "SLOF ", rf"SLOF \*{{5,80}}{LINE_END}", boots=True),
    landmark(State.FIRMWARE, "Welcome to Open Firmware", boots=True),
)  # fmt: skip

WINDOWS_MENU: Final = (
    # `bcdedit` prints the same title, underlined.
    landmark(
        State.BOOT_MENU,
        "Windows Boot Manager",
        r" *Windows Boot Manager *[\v\f\x0e]?\n[\s\v\f\x0e]{0,200}[^\s\v\f\x0e-]",
        WINDOWS,
        boots=True,
    ),
    landmark(
        State.BOOT_MENU,
        "Choose an operating system to start, or press TAB to select a tool",
        guest=WINDOWS,
        boots=True,
    ),
    landmark(
        State.BOOT_MENU, "Advanced Boot Options", rf" *Advanced Boot Options{LINE_END}", WINDOWS,
        boots=True,
    ),
    landmark(
        State.BOOT_MENU,
        "Seconds until the highlighted choice will be started automatically",
        guest=WINDOWS,
    ),
    # The recovery screen, whose title may be translated; its status code is not.
    landmark(
        State.BOOT_MENU, "Windows failed to start.",
        r" {0,79}Windows failed to start\. A recent hardware or software change", WINDOWS,
    ),
    landmark(
        State.BOOT_MENU, ": 0xc0000", r" {0,79}\w{3,12} ?: 0xc0000[0-9a-f]{3} {0,40}\v\n", WINDOWS,
        inside=True,
    ),
    landmark(
        State.BOOT_MENU, "Your PC/Device needs to be repaired", guest=WINDOWS,
    ),
)  # fmt: skip

_COUNTS: Final = r"\d{1,4} ?"

BOOT_MENU: Final = (
    *WINDOWS_MENU,
    # GRUB: the title is the same in every language; the distributions change its blanks.
    landmark(State.BOOT_MENU, "GNU GRUB", r" *GNU GRUB[ ,]{1,4}[^\n\d]{0,24}\d[^\n]{0,60}\n", boots=True),
    landmark(State.BOOT_MENU, "GRUB version ", r" *GRUB version \d[^\n]{0,60}\n", boots=True),
    landmark(State.BOOT_MENU, "The highlighted entry will be executed automatically in "),
    landmark(State.BOOT_MENU, "Use the \u2191 and \u2193 keys to "),
    landmark(State.BOOT_MENU, "Use the ^ and v keys to "),
    landmark(State.BOOT_MENU, "Minimal BASH-like line editing is supported."),
    landmark(State.BOOT_MENU, "grub rescue>"),
    landmark(State.BOOT_MENU, "error: no such partition.", rf"error: no such partition\.{LINE_END}Entering rescue mode"),
    # systemd-boot and rEFInd
    landmark(State.BOOT_MENU, "Boot in ", rf" {{0,120}}Boot in {_COUNTS}s(?:ec)?\."),
    landmark(State.BOOT_MENU, "Reboot Into Firmware Interface"),
    landmark(State.BOOT_MENU, "rEFInd - "),
    landmark(State.BOOT_MENU, "Insert, Tab, or F2 for more options;"),
    landmark(State.BOOT_MENU, "ZFSBootMenu ", r" {0,79}ZFSBootMenu v?\d[^\n]{0,40}"),
    # ESXi's
    landmark(State.BOOT_MENU, "<SHIFT+R: Edit boot options>", inside=True),
    # syslinux, isolinux, extlinux
    landmark(State.BOOT_MENU, "SYSLINUX ", r"(?:SYS|ISO|EXT|PXE)LINUX \d\.\d[^\n]{1,120}"),
    landmark(State.BOOT_MENU, "ISOLINUX ", r"ISOLINUX \d\.\d[^\n]{1,120}"),
    landmark(State.BOOT_MENU, "EXTLINUX ", r"EXTLINUX \d\.\d[^\n]{1,120}"),
    landmark(State.BOOT_MENU, "PXELINUX ", r"PXELINUX \d\.\d[^\n]{1,120}"),
    landmark(State.BOOT_MENU, "Press [Tab] to edit options"),
    landmark(State.BOOT_MENU, "Automatic boot in ", rf" {{0,79}}Automatic boot in {_COUNTS}sec"),
    landmark(State.BOOT_MENU, "Press Tab for full configuration options on menu items"),
    landmark(State.BOOT_MENU, "Press ENTER to boot or TAB to edit a menu entry"),
    # zIPL
    landmark(State.BOOT_MENU, "Please choose (default will boot in "),
    # Limine, Petitboot
    landmark(State.BOOT_MENU, "Limine ", r" {0,79}Limine \d{1,2}\.\d[^\n]{0,40}"),
    landmark(State.BOOT_MENU, "Booting automatically in ", rf" {{0,79}}Booting automatically in {_COUNTS}"),
    landmark(State.BOOT_MENU, "Petitboot (", r" {0,79}Petitboot \([^\n)]{1,40}\)"),
    # FreeBSD, OPNsense, pfSense
    landmark(State.BOOT_MENU, "Autoboot in ", rf" {{0,79}}Autoboot in {_COUNTS}seconds"),
    landmark(
        State.BOOT_MENU, "Welcome to ",
        r"[ +/-]{2,79} {0,40}Welcome to (?:FreeBSD|OPNsense|pfSense|DragonFly|TrueNAS|GhostBSD)",
        inside=True,
    ),
    *(landmark(State.BOOT_MENU, choice, rf"[ |]{{0,79}}\d\. {choice}", inside=True)
      for choice in ("Boot Multi user", "Boot Multi User", "Boot Single User", "Boot single user")),
    landmark(State.BOOT_MENU, "Hit [Enter] to boot immediately, or any other key for command prompt."),
    landmark(State.BOOT_MENU, "Exiting menu!"),
    # OpenBSD, NetBSD, LILO
    landmark(State.BOOT_MENU, ">> OpenBSD/", r">> OpenBSD/\w{2,12} BOOT\w{0,8} \d"),
    landmark(State.BOOT_MENU, ">> NetBSD/", r">> NetBSD/\w{2,12} [^\n]{1,60}Bootstrap"),
    landmark(State.BOOT_MENU, "Choose an option; RETURN for default; SPACE to stop countdown"),
    landmark(State.BOOT_MENU, "Option [1", r"Option \[1[^\]\n]{0,20}\]:"),
    landmark(State.BOOT_MENU, "LILO 2", r"LILO 2\d\.\d[^\n]{0,40}(?:boot:|\n)"),
    # U-Boot, iPXE, PXE
    landmark(State.BOOT_MENU, "Hit any key to stop autoboot", rf"Hit any key to stop autoboot: {{1,4}}{_COUNTS}"),
    landmark(State.BOOT_MENU, " to stop autoboot", r"[^\n]{1,60} to stop autoboot: {0,4}\d", inside=True),
    landmark(State.BOOT_MENU, "*** U-Boot Boot Menu ***"),
    landmark(State.BOOT_MENU, "Press UP/DOWN to move, ENTER to select"),
    landmark(State.BOOT_MENU, "iPXE boot menu"),
    landmark(State.BOOT_MENU, "iPXE shell"),
    landmark(State.BOOT_MENU, "autoboot in ", r"(?:Press [^\n]{1,40} to abort |)autoboot in \d", inside=True),
    landmark(State.BOOT_MENU, "Please select boot device:"),
    landmark(State.BOOT_MENU, "Select boot device:"),
)  # fmt: skip

LOADERS: Final = (*FIRMWARE, *BOOT_MENU)

"""Panics, loaders, emergencies and questions of other systems, and in other languages."""

import pytest

from com1d.core.guest.detector import Detector
from com1d.core.guest.states import State
from core.guest.test_kinds import LINUX, SEABIOS
from core.guest.transcripts import detect, watch


UBOOT = "\r\nU-Boot 2020.01 (x)\r\n\r\nCPU: x\r\n"

PANICS = {
    "ESXi, painted": "\x1b[2J\x1b[1;1HVMware ESXi 7.0.3\x1b[2;1H#PF Exception 14 in world 2097652:HELPER IP 0x4\x1b[3;1H",
    "ESXi": "VMware ESXi 6.7.0\r\nPSOD: Panic requested by user\r\n",
    "FreeBSD's trap": "\r\n\r\nFatal trap 12: page fault while in kernel mode\r\ncpuid = 0; apic id = 00\r\n",
    "OpenBSD without a panic": "\r\nkernel: page fault trap, code=0\r\nStopped at      foo+0x10\r\nddb> ",
    "Linux 2.4": "\r\nKernel panic: Attempted to kill init!\r\n",
    "Linux without stamps, and nothing behind it": (
        SEABIOS.decode() + "\r\nKernel panic - not syncing: VFS: Unable to mount root fs on unknown-block(0,0)\r\n\r\n"),
    "Plan 9": SEABIOS.decode() + "\r\npanic: kernel fault: no user process pc=0x1\r\n",
    "XNU": "\r\npanic(cpu 0 caller 0xffffff80): Kernel trap at 0xffff\r\n",
    "Haiku": "\r\nPANIC: no boot partitions!\r\nWelcome to Kernel Debugging Land...\r\nkdebug> ",
    "z/VM": "\r\n01: HCPGIR450W CP entered; disabled wait PSW 00020001 80000000\r\n",
    "Xen": "(XEN) ****\r\n(XEN) Panic on CPU 0:\r\n(XEN) Could not construct domain 0\r\n",
    "U-Boot": "\r\n### ERROR ### Please RESET the board ###\r\n",
}  # fmt: skip
MENUS = {
    "GRUB in French": "\x1b[2J\x1b[1;1H   GNU GRUB, version 2.12\x1b[3;2H Debian",
    "GRUB in German": "\x1b[2J\x1b[1;1H          GNU GRUB  Version 2.06\x1b[3;2H Debian",
    "GRUB of Fedora": "\x1b[2J\x1b[1;1H      GRUB version 2.06\x1b[4;1H*Fedora",
    "rEFInd": "\x1b[2J\x1b[20;1HInsert, Tab, or F2 for more options; Esc or Backspace to refresh",
    "zIPL": "\r\nzIPL v2.23.0 interactive boot menu\r\n 0. default (linux)\r\n\r\nPlease choose (default will boot in 9 seconds): ",
    "ZFSBootMenu": "\x1b[2J\x1b[2;1H ZFSBootMenu v2.3.0",
    "ESXi": "\x1b[2JLoading ESXi installer\r\n<SHIFT+R: Edit boot options>\r\n",
    "illumos": "\x1b[2J\x1b[1;1HWelcome to OmniOS\x1b[3;1H1. Boot Multi User [Enter]\r\n",
    "OPNsense": "\x1b[2J\x1b[1;1H  _____\x1b[8;1H|\x1b[8;5H1. Boot Multi User [Enter]",
    "U-Boot's menu": "\x1b[2J\x1b[1;1H  *** U-Boot Boot Menu ***\x1b[3;1H     Standard Boot",
    "U-Boot of a vendor": f"{UBOOT}ZynqMP> ",
    "U-Boot of another": f"{UBOOT}Marvell>> ",
    "barebox counts": "\r\nbarebox 2022.05.0 #1\r\n\r\nHit m for menu or any to stop autoboot:    3",
    "barebox": "\r\nbarebox 2022.05.0 #1 Mon\r\n\r\nbarebox@QEMU ARM Virt:/ ",
    "iPXE's menu": "\x1b[2J\x1b[1;1HiPXE boot menu\x1b[4;1HInstall Debian",
    "OpenBoot": "\r\nOpenBoot 4.22.23, 2048 MB\r\n{0} ok ",
    "SeaBIOS's menu": SEABIOS.decode()[:60] + "\r\nSelect boot device:\r\n\r\n1. AHCI/0: QEMU\r\n",
}
EMERGENCIES = {
    "Slackware": "ERROR:  No /sbin/init found on rootdev (or not mounted).\r\n/ # ",
    "root on ZFS": "Failed to import pool 'rpool'.\r\nManually import the pool and exit.\r\n\r\n/ # ",
    "Guix": "ERROR: In procedure mount\r\nEntering a new prompt.  Type `,bt'\r\nscheme@(guile-user) [1]> ",
    "OpenWrt": "===== FAILSAFE MODE active =====\r\nroot@(none):/# ",
    "Ignition": "Press Enter for emergency shell or wait 5 minutes for reboot.\r\n",
    "sulogin in German": "Geben Sie das root-Passwort ein\r\n(oder Strg-D, um fortzufahren): ",
    "sulogin in French": "Donnez le mot de passe\r\nla maintenance (ou pressez Contr\u00f4le-D pour continuer) : ",
    "NetBSD without a root": "root device (default wd0a): ",
    "Alpine": "mount: mounting /dev/vda3 on /sysroot failed: No such file\r\n~ # ",
}  # fmt: skip
QUESTIONS = {
    "cryptsetup in German": ("Bitte Passphrase f\u00fcr vda5_crypt eingeben: ", State.PASSPHRASE),
    "in French": ("Saisissez le mot de passe pour vda5_crypt : ", State.PASSPHRASE),
    "a volume of ZFS": ("Enter passphrase for 'rpool/ROOT':", State.PASSPHRASE),
    "systemd checks": (
        "[   ***] (1 of 2) A start job is running for File System Check on /dev/vda1 (12s)\r\n",
        State.DISK_CHECK),
    "e2fsck": ("/dev/sda1 contains errors, check forced.\r\nClear<y>? ", State.DISK_CHECK),
    "OpenWrt's offer is none": ("Press the [f] key and hit [enter] to enter failsafe mode\r\n", State.BOOTING),
}  # fmt: skip
OTHERS = {
    "chkdsk counts": ("\r\nScanning and repairing drive (C:): 12% complete", State.DISK_CHECK),
    "chkdsk offers": (
        "\r\nTo skip disk checking, press any key within 8 second(s).", State.DISK_CHECK),
    "agetty in German": ("\r\nvm1 Anmeldung: ", State.LOGIN),
    "agetty in French": ("\r\nvm1 identifiant : ", State.LOGIN),
    "Cisco": ("\r\nUser Access Verification\r\n\r\nUsername: ", State.LOGIN),
    "RouterOS": ("\r\n[admin@MikroTik] > ", State.SHELL),
    "ESXi's shell": ("\r\n[root@esx1:~] ", State.SHELL),
    "a router, where no loader runs": ("\r\nrouter1>", State.SHELL),
    "torn behind a level": ("\r\nvm1 l<6>[   12.345678] eth0: up\r\nogin: ", State.LOGIN),
    "syslogd behind it": (
        "\r\nlogin: Nov 28 10:00:00 fw kernel: em0: link state changed to UP\r\n", State.LOGIN),
    "BSD's kernel behind it": ("\r\nlogin: em0: link state changed to DOWN\r\n", State.LOGIN),
    "a message to all behind a shell": (
        "\r\nroot@vm1:~# \r\nMessage from syslogd@vm1 at Nov 28 ...\r\n kernel:[  12.345678] BUG\r\n",
        State.SHELL),
}  # fmt: skip
CASES = {
    **{f"{name} panics": (text, State.KERNEL_PANIC) for name, text in PANICS.items()},
    **{f"menu: {name}": (text, State.BOOT_MENU) for name, text in MENUS.items()},
    **{
        f"emergency: {name}": (LINUX.decode() + text, State.EMERGENCY)
        for name, text in EMERGENCIES.items()
    },
    **{name: (LINUX.decode() + text, state) for name, (text, state) in QUESTIONS.items()},
    **OTHERS,
}


@pytest.mark.parametrize("name", CASES)
def test_the_state_is_known(name: str):
    """Seen at once and byte by byte."""
    text, state = CASES[name]
    data = text.encode()
    detector = Detector("auto")
    watch(detector, data, range(1, len(data)), quiet=0.0)
    watch(detector, b"")

    assert (state, state) == (detect(data).state, detector.finding.state)


@pytest.mark.parametrize(
    "text",
    [
        "root@vm1:~# cat notes\r\nKernel panic - not syncing: quoted\r\n",
        "root@vm1:~# grep -h panic x\r\npanic: an old one\r\n",
        "root@vm1:~# less x\r\nPANIC: quoted\r\nWelcome to Kernel Debugging Land...\r\n",
        "root@vm1:~# journalctl\r\nFatal trap 12: page fault while in kernel mode\r\n",
    ],
)
def test_the_same_words_in_a_file_are_no_panic(text: str):
    """Nor while they are the last thing on the screen."""
    assert State.SHELL is detect(f"\r\nroot@vm1:~# \r\n{text}".encode()).state or not detect(
        text.encode()
    ).state.value.endswith("panic")

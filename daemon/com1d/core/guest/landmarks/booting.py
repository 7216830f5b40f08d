"""The texts of a guest that boots, or that came up only as far as its maintenance shell."""

from typing import Final

from com1d.core.guest.landmarks.landmark import BEHIND_PAGER, BEHIND_PROMPT, STAMP, TORN, landmark
from com1d.core.guest.states import LINUX, WINDOWS, State
from com1d.core.guest.text import LINE_END


LINUX_VERSION: Final = landmark(
    State.BOOTING,
    "] Linux version ",
    rf"(?:{BEHIND_PAGER}|{TORN}|{BEHIND_PROMPT})"
    r"(?P<shown>\[    0\.000000\](?:\[ {0,5}[TC]\d{1,10}\])? Linux version \d[^\n]{0,400})\n",
    LINUX,
    boots=True,
    inside=True,
)
"""Also the first line of `dmesg`; see `quoting`."""

_REGENTS: Final = (
    r"Copyright \(c\) 1982, [^\n]{1,80}\n[ \t]{1,8}The Regents of the University of California\. "
    r"{1,2}All rights reserved\.\n"
)

_BOOTS: Final = (
    LINUX_VERSION,
    landmark(State.BOOTING, "Linux version ", r"Linux version \d\.\d[^\n]{1,200} #\d[^\n]{1,200}\n",
             LINUX, boots=True),  # printk.time=0
    landmark(State.BOOTING, "Starting kernel ...", r"Starting kernel \.\.\.\s", LINUX, boots=True),
    landmark(State.BOOTING, "EFI stub: ", r"EFI stub: [^\n]{1,120}\n", LINUX, boots=True),
    landmark(State.BOOTING, "Uncompressing Linux...", guest=LINUX, boots=True),
    landmark(State.BOOTING, "Decompressing Linux...", guest=LINUX, boots=True),
    landmark(State.BOOTING, "Booting Linux on physical CPU",
             rf"(?:{STAMP})?Booting Linux on physical CPU", LINUX, boots=True, inside=True),
    # FreeBSD, DragonFly; OpenBSD; NetBSD; illumos
    landmark(State.BOOTING, "---<<BOOT>>---", rf"---<<BOOT>>---{LINE_END}", LINUX, boots=True),
    landmark(
        State.BOOTING, "Copyright (c) 1992-",
        r"Copyright \(c\) 1992-20\d\d The FreeBSD Project\.\n", LINUX, boots=True,
    ),
    landmark(
        State.BOOTING, "Copyright (c) 2003-",
        r"Copyright \(c\) 2003-20\d\d The DragonFly Project\.\n", LINUX, boots=True,
    ),
    landmark(State.BOOTING, "Copyright (c) 1982, ", _REGENTS, LINUX, boots=True),
    landmark(
        State.BOOTING, "The NetBSD Foundation, Inc.",
        rf"(?:{STAMP})?[^\n]{{1,200}}The NetBSD Foundation, Inc\.", LINUX, boots=True, inside=True,
    ),
    landmark(State.BOOTING, "SunOS Release 5.", r"SunOS Release 5\.\d[^\n]{1,120}\n", LINUX,
             boots=True),
    landmark(State.BOOTING, "(XEN) Xen version ", r"\(XEN\) Xen version \d[^\n]{1,200}\n", LINUX,
             boots=True),
    # Windows. A repaint of SAC's screen shows these lines again, but padded, or ended by the cursor.
    landmark(
        State.BOOTING, "Computer is booting, SAC started and initialized.",
        r"Computer is booting, SAC started and initialized\.\n", WINDOWS, boots=True,
    ),
)  # fmt: skip

_BEGUN: Final = (
    landmark(
        State.BOOTING, "reboot: ",
        rf"{BEHIND_PROMPT}{STAMP}reboot: (?:Restarting system|machine restart)",
        LINUX, inside=True,
    ),
    landmark(State.BOOTING, "Rebooting...", rf"Rebooting\.\.\.{LINE_END}", LINUX),
    landmark(State.BOOTING, "rebooting...", rf"rebooting\.\.\.{LINE_END}", LINUX),
    landmark(
        State.BOOTING, "\\System32\\",
        r"(?:Loading|Loaded:) \\(?:SystemRoot|Windows)\\System32\\[^\n]{1,120}\n", WINDOWS,
        inside=True,
    ),
    landmark(
        State.BOOTING, "The computer is shutting down.",
        r"The SAC will become unavailable soon\.  The computer is shutting down\.\n", WINDOWS,
        inside=True,
    ),
    # GRUB, which says so on the way out of its menu; and FreeBSD's and OpenBSD's loaders.
    landmark(State.BOOTING, "Loading Linux ", r"Loading Linux \d[^\n]{1,120} \.\.\.", LINUX),
    landmark(State.BOOTING, "Loading initial ramdisk ", guest=LINUX),
    landmark(State.BOOTING, "Loading kernel...", guest=LINUX),
    landmark(State.BOOTING, "Booting [", r"Booting \[/?[^\]\n]{1,80}\]\.\.\.", LINUX),
    landmark(State.BOOTING, "booting hd0", r"booting hd\d\w?:[^\n]{1,80}", LINUX),
)  # fmt: skip

_STATUS: Final = (
    r" {0,2}(?:Started|Starting|Finished|Reached target|Mounted|Mounting|Listening on|Created"
    r"|Set up|Activated|Stopped|Stopping|Unmounted|Unmounting|Failed to|Found device|Closed"
    r"|Removed|Deactivated|Dependency failed for|Timed out waiting for|Condition check|Found|Expecting)"
)

_ON_ITS_WAY: Final = (
    # systemd
    *(
        landmark(State.BOOTING, mark, rf" {{0,8}}{mark_}{_STATUS} [^\n]{{0,200}}\n", LINUX, weak=True)
        for mark, mark_ in (
            ("[  OK  ]", r"\[  OK  \]"), ("[FAILED]", r"\[FAILED\]"), ("[DEPEND]", r"\[DEPEND\]"),
            ("[ TIME ]", r"\[ TIME \]"), ("[ WARN ]", r"\[ WARN \]"), ("[ INFO ]", r"\[ INFO \]"),
            ("[SKIPPED]", r"\[SKIPPED\]"),
        )
    ),
    landmark(
        State.BOOTING, "A start job is running for ",
        r" {0,8}\[[ *]{6}\] (?:\(\d{1,4} of \d{1,4}\) )?A start job is running for ", LINUX, weak=True,
        inside=True,
    ),
    landmark(
        State.DISK_CHECK, "A start job is running for File System Check",
        r" {0,8}\[[ *]{6}\] (?:\(\d{1,4} of \d{1,4}\) )?A start job is running for File System Check[^\n]{0,80}",
        LINUX, weak=True, inside=True,
    ),
    landmark(State.BOOTING, "Welcome to ", r"Welcome to (?:[A-FH-Z][^\n]{2,80}|G[^\nR][^\n]{1,80})!\n", LINUX, weak=True),
    landmark(
        State.BOOTING, "systemd[1]: ", rf"{STAMP}systemd\[1\]: [^\n]{{1,200}}\n", LINUX, weak=True,
        inside=True,
    ),
    # OpenRC, sysvinit, busybox, runit, BSD's rc
    landmark(State.BOOTING, "OpenRC ", r" {0,8}OpenRC \d[^\n]{1,20} is starting up ", LINUX, weak=True),
    *(
        landmark(State.BOOTING, f"* {doing} ", rf" {{1,2}}\* {doing} [^\n]{{2,100}} \.\.\.", LINUX, weak=True)
        for doing in ("Starting", "Mounting", "Checking", "Loading", "Setting", "Remounting")
    ),
    landmark(State.BOOTING, "INIT: version ", r"INIT: version \d[^\n]{1,20} booting", LINUX, weak=True),
    landmark(State.BOOTING, "INIT: Entering runlevel: ", guest=LINUX, weak=True),
    landmark(State.BOOTING, "Loading, please wait...", guest=LINUX, weak=True),
    landmark(State.BOOTING, ":: running early hook ", guest=LINUX, weak=True),
    landmark(State.BOOTING, ":: running hook ", guest=LINUX, weak=True),
    landmark(State.BOOTING, "<<< NixOS Stage 1 >>>", guest=LINUX, weak=True),
    landmark(State.BOOTING, "<<< NixOS Stage 2 >>>", guest=LINUX, weak=True),
    landmark(State.BOOTING, "Alpine Init ", r"Alpine Init \d[^\n]{1,40}", LINUX, weak=True),
    landmark(State.BOOTING, "runit: enter stage: ", r"- runit: enter stage: ", LINUX, weak=True,
             inside=True),
    landmark(State.BOOTING, "procd: - ", rf"{STAMP}procd: - early -", LINUX, weak=True, inside=True),
    landmark(State.BOOTING, "Trying to mount root from ", guest=LINUX, weak=True),
    landmark(State.BOOTING, "Setting hostuuid: ", guest=LINUX, weak=True),
    landmark(State.BOOTING, "Starting file system checks:", guest=LINUX, weak=True),
    landmark(State.BOOTING, "Automatic boot in progress: starting file system checks.", guest=LINUX,
             weak=True),
    landmark(State.BOOTING, "Starting network.", guest=LINUX, weak=True),
    landmark(State.BOOTING, "starting network", rf"starting network{LINE_END}", LINUX, weak=True),
    landmark(State.BOOTING, "[ ok ] ", r" {0,8}\[ ok \] (?:Starting|Mounting|Setting|Activating|Checking"
             r"|Cleaning|Configuring|Loading) [^\n]{2,100}\n", LINUX, weak=True),
    landmark(
        State.BOOTING, "Starting ", r"Starting (?:devd|syslogd|sendmail(?:_\w{1,9})?|cron|sshd|dhclient"
        r"|ntpd|powerd|Network|local_unbound|background file system checks)[^\n]{0,60}\.\n", LINUX, weak=True,
    ),
    landmark(
        State.BOOTING, "cloud-init[", rf"{STAMP}cloud-init\[\d{{1,7}}\]: Cloud-init v", LINUX, weak=True,
        inside=True,
    ),
    landmark(State.BOOTING, "Hostname: ", r"Hostname: [\w.-]{1,64}\n", LINUX, weak=True),
)  # fmt: skip
"""Lines of a boot's last part: the only ones with `quiet`, or for a detector that starts late. They
may go on while a prompt waits."""

SHUTTING_DOWN: Final = tuple(
    landmark(
        State.BOOTING, f"[  OK  ] Reached target {target}",
        rf"\[  OK  \] Reached target [^\n]{{0,20}}{target}[^\n]{{0,60}}\n", LINUX,
    )
    for target in ("Shutdown", "shutdown.target", "System Shutdown", "Late Shutdown Services",
                   "System Reboot", "Reboot", "reboot.target")
)  # fmt: skip

HEALTH: Final = landmark(
    # microsoft/azserialconsole, Known_Issues/Windows_Health_Info.md
    State.HEALTH_ONLY,
    " Microsoft Azure VM Health Report - Start ",
    rf"=+ Microsoft Azure VM Health Report - Start \S{{10,40}} =+{LINE_END}",
    WINDOWS,
    inside=True,
)

EMERGENCY: Final = (
    *(
        landmark(State.EMERGENCY, words, guest=LINUX)
        for words in (
            "Give root password for ", "You are in emergency mode", "You are in rescue mode",
            "Entering emergency mode", "Entering rescue mode", "Welcome to emergency mode",
            "Welcome to rescue mode", "Press Enter for maintenance",
            "Press Enter for system maintenance",
            # dracut, Debian's and Ubuntu's initramfs-tools, Arch's mkinitcpio, Alpine, Gentoo
            "Warning: Not all disks have been found", "Dropping to a shell!",
            "You are now being dropped into an emergency shell.",
            "Falling back to interactive prompt", "initramfs emergency recovery shell launched",
            "Rescue shell", "Could not find the root block device", "!! Could not find",
            "dropping to a shell", "Dropping into a shell", "Launching recovery shell",
            # NixOS' stage 1, Void, SUSE
            "An error occurred in stage 1 of the boot process",
            # FreeBSD, OpenBSD, NetBSD in single-user mode, and sulogin
            "Enter full pathname of shell or RETURN for /bin/sh",
            "Enter pathname of shell or RETURN for",
            "Enter root password, or ^D to go multi-user", "mountroot>",
            "Loader variables:", "Automatic file system check failed; help!",
            "THE FOLLOWING FILE SYSTEM HAD AN UNEXPECTED INCONSISTENCY",
            "Cannot open access to console, the root account is locked.",
            "Requesting System Maintenance Mode", "Press enter for root shell",
            # Slackware, root on ZFS, Ignition
            "ERROR:  No /sbin/init found on rootdev", "Manually import the pool and exit.",
            "Press Enter for emergency shell",
        )
    ),
    landmark(State.EMERGENCY, "ALERT! ", r"ALERT! {1,2}[^\n]{1,200} does not exist\.", LINUX),
    landmark(State.EMERGENCY, "Give root password", r"Give root password (?:to login|for|or)", LINUX),
    landmark(
        State.EMERGENCY, "mounting ", r"mount: mounting [^\n]{1,100} on /(?:root|sysroot|new_root) "
        r"failed: ", LINUX, inside=True,
    ),
    landmark(
        State.EMERGENCY, "dracut-initqueue", r"[^\n]{0,60}dracut-initqueue[^\n]{0,80}"
        r"Warning: Could not boot\.", LINUX, inside=True,
    ),
    landmark(State.EMERGENCY, "init: Failed to mount", guest=LINUX),
    landmark(State.EMERGENCY, "FAILSAFE MODE active", r"=+ FAILSAFE MODE active", LINUX, inside=True),
    # Guix, whose init is in Guile: so does a user's Guile, but not while the guest boots
    landmark(State.EMERGENCY, "Entering a new prompt.", guest=LINUX, weak=True),
)  # fmt: skip

BOOTING: Final = (*_BOOTS, *_BEGUN, *SHUTTING_DOWN, *_ON_ITS_WAY, HEALTH, *EMERGENCY)

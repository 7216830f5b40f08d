"""What guests print, recorded or documented, and how to show it to a detector.

- `LINUX`: recorded. SeaBIOS on COM1, Linux 6.1 (Debian's cloud kernel), a busybox login and shell,
  then the panic after an NMI with `unknown_nmi_panic`.
- `GRUB`: recorded. SeaBIOS, GRUB 2.06 on COM1, two steps down its menu, then a quiet boot to a
  busybox shell.
- `windows(...)`: the simulated guest behind `demo:`, whose texts are those of public transcripts.
- The rest is from documentation, as named where it is.
"""

from datetime import UTC, datetime
from pathlib import Path

from com1d.core.guest.detector import Detector
from com1d.core.guest.portion import portion
from com1d.core.guest.states import Finding, State
from com1d.ports.demo import Guest


HERE = Path(__file__).parent
LINUX = (HERE / "linux.console").read_bytes()
SHORT = LINUX[:1500] + LINUX[LINUX.index(b"[    4.654680]") :]
"""`LINUX` without the middle of its boot."""
GRUB = (HERE / "grub.console").read_bytes()

LINE_RATE = 11520
"""Bytes a second."""

HEALTH = (
    b"======== Microsoft Azure VM Health Report - Start 2018-03-06T02:06:40.6256349Z ========\r\n"
    b'{"reportTime":"2018-03-06T02:06:29.0389712Z","networkAdapters":[{"name":"Ethernet 2",'
    b'"status":"Up","ipProperties":[{"protocolVersion":4,"isDhcpEnabled":true}]}]}\r\n'
)
"""microsoft/azserialconsole, Known_Issues/Windows_Health_Info.md."""

BOOT_MENU = (
    b"\x1b[2J\x1b[1;1H\x1b[0m\x1b[37m\x1b[40m\x1b[1;30HWindows Boot Manager\x1b[3;1H"
    b"Choose an operating system to start, or press TAB to select a tool:\x1b[4;1H"
    b"(Use the arrow keys to highlight your choice, then press ENTER.)\x1b[6;5H\x1b[7m"
    b"Windows Server\x1b[0m\x1b[9;1HTo specify an advanced option for this choice, press F8."
    b"\x1b[10;1HSeconds until the highlighted choice will be started automatically: 9 "
    b"\x1b[24;1HENTER=Choose  TAB=Menu  ESC=Cancel"
)
"""The texts are documented, the cursor addressing is how a UEFI text screen is painted."""


def windows_pieces(*keys: tuple[float, bytes], until: float) -> list[bytes]:
    """Run the simulated guest, press keys at their times, and give what it printed each time."""
    guest = Guest(0.0, datetime(2026, 11, 22, tzinfo=UTC))
    pieces = []
    for at, pressed in (*keys, (until, b"")):
        while (due := guest.deadline()) is not None and due <= at:
            pieces.append(guest.tick(due))
        pieces.append(guest.handle(pressed, at))
    return pieces


def windows(*keys: tuple[float, bytes], until: float) -> bytes:
    """Give all that the simulated guest printed."""
    return b"".join(windows_pieces(*keys, until=until))


def watch(detector: Detector, data: bytes, cuts=(), *, quiet: float = 1.0) -> list[State]:
    """Show `data` in looks that end at `cuts`; give the states in their order."""
    states = [detector.finding.state]
    start = begin = detector.cursor
    for cut in (*sorted(cuts), len(data)):
        end = start + cut
        offset = detector.window(begin, end)
        while True:
            piece = portion(data[offset - start : cut])
            stop = offset + len(piece)
            finding = detector.look(piece, offset, end / LINE_RATE, quiet if stop == end else 0.0)
            if finding.state is not states[-1]:
                states.append(finding.state)
            if stop == end:
                break
            offset = stop
    return states


def detect(data: bytes, guest: str = "auto") -> Finding:
    """Give what a detector says after a single look at all of `data` and a silence."""
    detector = Detector(guest)
    watch(detector, data)
    return detector.finding

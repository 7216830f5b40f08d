"""What a guest prints, which whoever is inside it chooses: the detector, and the log for people."""

from com1d.core.guest.detector import QUIET, Detector
from com1d.core.guest.hints import hint
from com1d.core.guest.states import State
from com1d.frontends.words.lines import Lines, Shown
from com1d.frontends.words.visible import Readable
from fuzz.sockets import pieces


SEEDS = (
    b"\0\x1b[2J\x1b[01;01HSeaBIOS (version 1.16.2)\r\n\r\nBooting from ROM...\r\n",
    b"\0\r\nComputer is booting, SAC started and initialized.\r\n\r\nSAC>",
    b"\x08[    1.234567] Kernel panic - not syncing: VFS: Unable to mount root fs\r\n",
    b"\0Debian GNU/Linux 12 web01 ttyS0\r\n\r\nweb01 login: ",
    b'\0<?xml>\r\n<BP>\r\n<INSTANCE CLASSNAME="BLUESCREEN">\r\n',
    b'\0<PROPERTY NAME="STOPCODE" TYPE="string"><VALUE>"0xE2"</VALUE>\r\n!SAC>',
    b"\0Username: Administrator\r\nDomain  :\r\nPassword: ***",
    b"\x05\x1b]0;root@web01: ~\x07root@web01:~# \x1b[6n",
    b"\0GNU GRUB  version 2.06\r\n\r\n\x1b[m",
)


def target(data: bytes) -> None:
    """Expect some state with evidence that prints, and a log without control characters."""
    printed = pieces(data)
    for guest in ("auto", "windows", "linux"):
        detector, offset = Detector(guest), 0
        for number, piece in enumerate([*printed, b""]):
            finding = detector.look(piece, offset, float(number), 0.0 if piece else QUIET)
            offset += len(piece)
            assert isinstance(finding.state, State)
            assert finding.evidence.isprintable()
            assert len(finding.evidence) <= 200
            assert hint(finding.state, guest, finding.stop_code).isprintable()
    assert _readable(printed) == _readable([b"".join(printed)])
    assert _lines(printed) == _lines([b"".join(printed)])


def _readable(printed: list[bytes]) -> str:
    text = Readable()
    shown = "".join(map(text.feed, printed)) + text.finish()
    assert all(char in "\n\t" or char.isprintable() for char in shown)
    return shown


def _lines(printed: list[bytes]) -> list[Shown]:
    lines, offset, shown = Lines(), 0, []
    for piece in printed:
        shown += lines.feed(piece, "AT", offset)
        offset += len(piece)
    shown += lines.finish()
    assert all(line.text.isprintable() for line in shown)
    return shown

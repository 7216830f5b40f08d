"""What a guest prints, as the screen of who attaches in the middle of it."""

from com1d.core.screen import Emulator


SEEDS = (
    b"\x05\x1b[2J\x1b[5;3Hmenu\x1b[7m*first\x1b[m\r\nnext",
    b"\x09\x1b[?1049h\x1b[?1h\x1b[2;4r\x1b[?6h\x1b[31;1mvi\x1b8\x1b[?1049l",
    b"\x03\x1b(0lqk\x0f\x1b)0\x0ex\x1b]0;title\x07\x1bP+q\x1b\\",
    b"\x04a\xcc\x81\xe4\xb8\x96\xf0\x9f\x98\x80\xe2\x80\x8d\x1b[4h\x1b[2@\x1b[3P\x1b[2L\x1b[M",
    b"\x02\x1b[38;5;196;48;2;1;2;3m\x1b[K\x1b[J\x1b[b\x1b[S\x1b[T\x1bM\x1bD\x1bc",
)


def target(data: bytes) -> None:
    """Expect that whoever comes at any point ends at the same screen."""
    cut, printed = data[0] if data else 0, data[1:]
    there = _after(printed[:cut])
    late = _after(_painted(there))
    for _ in there.read(printed[cut:]):
        pass
    for _ in late.read(printed[cut:]):
        pass
    assert _painted(there) == _painted(late)


def _after(data: bytes) -> Emulator:
    emulator = Emulator(5, 12)
    for _ in emulator.read(data):
        pass
    return emulator


def _painted(emulator: Emulator) -> bytes:
    return b"".join(emulator.paint())

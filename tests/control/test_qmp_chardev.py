"""The character device of a console, among all that a VM has."""

import pytest

from com1d.control.qmp_chardev import _leads_to, find
from control.machine import Machine, linked


@pytest.mark.parametrize(
    ("filename", "port", "expected"),
    [
        # As QEMU 7.2 has them.
        ("disconnected:unix:/run/s2,server=on", "/run/s2", True),
        ("unix:/run/s2,server=on", "/run/s2", True),
        ("disconnected:unix:/run/dial", "/run/dial", True),
        ("unix:/run/s22,server=on", "/run/s2", False),
        ("unix:/run/s2", "/run/s22", False),
        ("pty:/dev/pts/1", "/dev/pts/1", True),
        ("pty:/dev/pts/11", "/dev/pts/1", False),
        ("tcp:127.0.0.1:2001,server=on", "127.0.0.1:2001", True),
        ("tcp:127.0.0.1:2001,server=on <-> 127.0.0.1:5", "127.0.0.1:2001", True),
        ("disconnected:telnet:127.0.0.1:2001,server=on", "127.0.0.1:2001", True),
        ("pipe", "/run/com1d/guests/web01", False),
        ("unix:,server=on", "", False),
        ("", "", False),
        ("None", "/run/s2", False),
    ],
)
def test_where_a_device_leads(filename, port, expected):
    """A device is known by its place, whole, in whatever state it is."""
    assert expected == _leads_to(filename, port)


@pytest.mark.guest
@pytest.mark.parametrize("device", ["-serial", "-device"])
async def test_among_pipes_com1_is_taken(run_dir, device):
    """QEMU does not tell one pair of FIFOs from another, but which is COM1's."""
    for name in ("one", "two"):
        for end in ("in", "out"):
            (run_dir / f"{name}.{end}").touch()
    pipes = [f"pipe,id={name},path={run_dir / name}" for name in ("one", "two")]
    ports = {
        "-serial": ["-serial", "chardev:two"],
        "-device": ["-device", "isa-serial,id=com2,index=1,chardev=one",
                    "-device", "isa-serial,index=0,chardev=two"],
    }[device]  # fmt: skip
    options = ["-S", "-chardev", pipes[0], "-chardev", pipes[1], *ports]
    machine = WithoutCom1(f"unix:{run_dir / 'com1'}", run_dir, *options)
    async with machine, linked(machine.control) as link:
        assert "two" == await find(link.ask, str(run_dir / "one"))


class WithoutCom1(Machine):
    """A machine whose own serial port is taken away."""

    def command(self, monitor):
        words = super().command(monitor)
        at = words.index("chardev:com1")
        return words[: at - 1] + words[at + 1 :]


@pytest.mark.parametrize("answer", [None, {}, "pipe", [None, 7, {}, {"label": "com1"}]])
async def test_answers_that_make_no_sense(answer):
    """Whatever QEMU answers, the worst is that there is no such device."""

    async def ask(command, **arguments):
        del command, arguments
        return answer

    assert await find(ask, "/run/s2") is None

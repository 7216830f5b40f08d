"""What libvirt's XML says about a domain's serial port and its guest."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.inventory.domain import Serial, read


UUID = "6f1c2f0e-6f0c-4c6e-9a51-0d7a3a2b1c11"
OSINFO = "http://libosinfo.org/xmlns/libvirt/domain/1.0"


def domain(devices="", metadata=""):
    named = f"<domain><name>w</name><metadata>{metadata}</metadata>"
    return f"{named}<devices>{devices}</devices></domain>"


@pytest.mark.parametrize(
    ("serial", "expected"),
    [
        ("<serial type='pty'/>", Serial("pty", "")),
        ("<serial type='pty'><source path='/dev/pts/7'/></serial>", Serial("pty", "/dev/pts/7")),
        ("<serial type='pipe'><source path='/g/w'/></serial>", Serial("pipe", "/g/w")),
        ("<serial type='unix'><source path='/s'/></serial>", Serial("unix", "/s")),
        ("<serial type='unix'><source mode='bind' path='/s'/></serial>", Serial("unix", "/s")),
        ("<serial type='unix'><source mode='connect' path='/s'/></serial>", Serial("listen", "/s")),
        (
            "<serial type='tcp'><source mode='bind' host='0.0.0.0' service='4'/></serial>",
            Serial("tcp", "127.0.0.1:4"),
        ),
        (
            "<serial type='tcp'><source host='::1' service='4'/><protocol type='raw'/></serial>",
            Serial("tcp", "[::1]:4"),
        ),
        (
            "<serial type='pipe'><source path='/2'/><target port='1'/></serial>{}".format(
                "<serial type='pipe'><source path='/1'/><target port='0'/></serial>"
            ),
            Serial("pipe", "/1"),
        ),
        (
            (
                "<serial type='tcp'><source mode='bind' host='0.0.0.0' service='4001'/>"
                "<protocol type='telnet'/></serial>"
            ),
            Serial("telnet", "127.0.0.1:4001"),
        ),
        (
            "<serial type='file'><source path='/log'/><target port='0'/></serial>{}".format(
                "<serial type='pty'><source path='/dev/pts/7'/><target port='1'/></serial>"
            ),
            Serial("pty", "/dev/pts/7"),
        ),
        (
            "<serial type='pipe'><source path='/2'/><target port='2'/></serial>{}{}".format(
                "<serial type='file'><source path='/log'/><target port='0'/></serial>",
                "<serial type='spicevmc'><target port='1'/></serial>",
            ),
            Serial("pipe", "/2"),
        ),
    ],
)
def test_a_port_that_can_be_served(serial, expected):
    """COM1 is the one with the lowest number, and QEMU's end of it has a kind of ours."""
    assert expected == read(domain(serial)).serial


@pytest.mark.parametrize(
    ("serial", "reason"),
    [
        ("", "it has no serial port"),
        ("<console type='pty'/>", "it has no serial port"),
        (
            "<serial type='file'><source path='/x'/></serial>",
            "its serial port is of type file, a log, which nobody can type into; ",
        ),
        ("<serial type='null'/>", "its serial port is of type null, which goes nowhere; "),
        ("<serial type='udp'/>", "its serial port is of type udp, datagrams, of which any may be"),
        ("<serial type='dev'/>", "its serial port is of type dev, a device of the host, which"),
        ("<serial type='vc'/>", "its serial port is of type vc, a window of QEMU's; com1d serves"),
        ("<serial type='dbus'/>", "its serial port is of type dbus; com1d serves pipe, unix, pty"),
        (
            "<serial type='file'/><serial type='null'/><serial type='file'/>",
            "its serial ports are of type file, a log, which nobody can type into and null, which",
        ),
        ("<serial type='unix'/>", "its serial port is of type unix; "),
        (
            "<serial type='tcp'><source mode='connect'/></serial>",
            "its serial port is of type tcp, which QEMU dials, and com1d listens for on no network",
        ),
        (
            "<serial type='tcp'><source mode='bind'/><protocol type='tls'/></serial>",
            "its serial port is of type tcp; com1d serves pipe, unix, pty and tcp (raw or telnet)",
        ),
    ],
)
def test_a_port_that_cannot_be_served_has_a_reason(serial, reason):
    """Nobody has to guess why a domain is no console."""
    assert read(domain(serial)).serial.startswith(reason)


@pytest.mark.parametrize(
    ("identity", "guest"),
    [
        ("http://microsoft.com/win/2k22", "windows"),
        ("http://debian.org/debian/12", "linux"),
        ("http://redhat.com/rhel/9.4", "linux"),
        ("http://freebsd.org/freebsd/14", "auto"),
        ("nonsense", "auto"),
    ],
)
def test_the_guest_is_what_libosinfo_calls_it(identity, guest):
    """Its vendor decides; others may be anything."""
    metadata = f"<l:libosinfo xmlns:l='{OSINFO}'><l:os id='{identity}'/></l:libosinfo>"
    assert guest == read(domain(metadata=metadata)).guest


def test_nobody_has_to_say_what_the_guest_is():
    """Without metadata, what it prints tells."""
    assert read("<domain/>").guest == "auto"


@given(st.text())
def test_no_text_is_too_strange(text):
    """What is no domain is a ValueError, and nothing else."""
    with suppress(ValueError):
        assert read(text)


TWO = (
    "<serial type='unix'><source path='/0'/><target port='0'/></serial>"
    "<serial type='pipe'><source path='/1'/><target port='1'/></serial>"
)


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (None, Serial("unix", "/0")),
        (0, Serial("unix", "/0")),
        (1, Serial("pipe", "/1")),
        (2, "it has no serial port with the number 2"),
    ],
)
def test_another_port_than_the_first(number, expected):
    """Where the table of the discovery says which."""
    assert expected == read(domain(TWO), number).serial


@pytest.mark.parametrize(
    ("kind", "log"), [("unix", "/l"), ("tcp", "/l"), ("pipe", ""), ("pty", "")]
)
def test_qemus_own_log_of_a_port(kind, log):
    """Where something is lost while com1d is away, and can be put into its place."""
    source = "<source path='/s' host='h' service='4'/><log file='/l' append='on'/>"
    serial = read(domain(f"<serial type='{kind}'>{source}</serial>")).serial
    assert log == serial.log


def test_which_vm_it_is():
    """By its UUID, and by what people call it."""
    xml = f"<domain><uuid>{UUID.upper()}</uuid><title> The  web\nserver </title></domain>"
    assert (UUID, "The web server") == (read(xml).uuid, read(xml).title)
    assert ("", "") == (read("<domain/>").uuid, read("<domain/>").title)

"""What libvirt's XML says about a domain's serial port and its guest."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from com1d.core.inventory.domain import Serial, guest_of, serial_of


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
    assert expected == serial_of(domain(serial))


@pytest.mark.parametrize(
    ("serial", "reason"),
    [
        ("", "it has no serial port"),
        ("<console type='pty'/>", "it has no serial port"),
        ("<serial type='file'><source path='/x'/></serial>", "its serial port is of type file; "),
        (
            "<serial type='file'/><serial type='null'/><serial type='file'/>",
            "its serial ports are of type file and null; ",
        ),
        ("<serial type='unix'/>", "its serial port is of type unix; "),
        ("<serial type='tcp'><source mode='connect'/></serial>", "its serial port is of type tcp"),
        (
            "<serial type='tcp'><source mode='bind'/><protocol type='tls'/></serial>",
            "its serial port is of type tcp; com1d serves pipe, unix, pty and tcp (raw or telnet)",
        ),
    ],
)
def test_a_port_that_cannot_be_served_has_a_reason(serial, reason):
    """Nobody has to guess why a domain is no console."""
    assert serial_of(domain(serial)).startswith(reason)


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
    assert guest == guest_of(domain(metadata=metadata))


def test_nobody_has_to_say_what_the_guest_is():
    """Without metadata, what it prints tells."""
    assert guest_of("<domain/>") == "auto"


@given(st.text())
def test_no_text_is_too_strange(text):
    """What is no domain is a ValueError, and nothing else."""
    for read in (serial_of, guest_of):
        with suppress(ValueError):
            assert read(text)

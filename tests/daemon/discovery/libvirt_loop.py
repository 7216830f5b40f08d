"""What libvirt starts once for a process, for good: its event loop, with its descriptors."""

import threading

import libvirt

from com1d.control import libvirt_link


PATIENCE = 30
"""Seconds before a test that waits for an event gives up."""


def start() -> None:
    """Start it before a test counts its descriptors, and wait until it runs."""
    libvirt_link._run_events(libvirt)
    runs = threading.Event()

    def ended(timer: int, _: object) -> None:
        libvirt.virEventRemoveTimeout(timer)
        runs.set()

    libvirt.virEventAddTimeout(0, ended, None)
    assert runs.wait(PATIENCE)
    libvirt.open("test:///default").close()

"""The process that writes the logs: `python -m com1d.bootlog.scribe DESCRIPTOR`.

A process of its own and not a thread of the daemon: each of a thread's system calls would hand the
interpreter to and fro between it and the event loop, which costs the loop several times what the
writing itself does. And what the daemon has sent is written even if the daemon is killed.
"""

import os
import signal
import socket
import sys
from contextlib import suppress
from queue import SimpleQueue
from threading import Thread
from typing import Any, BinaryIO, Final

from com1d.bootlog import messages
from com1d.bootlog.archive import Archive
from com1d.bootlog.files import Files
from com1d.errors import Com1Error
from com1d.loop.descriptors import raise_descriptor_limit
from com1d.loop.memory import lock


SYNCS_MAX: Final = 64
"""Full segments that wait to be synced. On a disk slower than that, the kernel syncs them later."""


class Syncer:
    """Syncs and closes full segments in a thread, so that a slow sync holds up no write."""

    def __init__(self, files: Files) -> None:
        """Start the thread."""
        self._files = files
        self._queue: SimpleQueue[tuple[int, ...]] = SimpleQueue()
        Thread(target=self._run, daemon=True).start()

    def finish(self, fds: tuple[int, ...]) -> None:
        """Take a segment's descriptors over."""
        if self._queue.qsize() < SYNCS_MAX:
            self._queue.put(fds)
        else:
            self._close(fds)

    def _run(self) -> None:
        while True:
            fds = self._queue.get()
            with suppress(OSError):  # checksums show at reading what the disk has lost
                for fd in fds:
                    self._files.sync(fd)
            self._close(fds)

    def _close(self, fds: tuple[int, ...]) -> None:
        for fd in fds:
            self._files.close(fd)


class Scribe:
    """Carries out the daemon's messages until the daemon closes its end."""

    def __init__(self, channel: socket.socket, files: Files) -> None:
        """Serve the daemon at the other end of `channel`."""
        self._channel = channel
        self._input: BinaryIO = channel.makefile("rb")
        self._files = files
        self._archive: Archive | None = None

    def run(self) -> None:
        """Serve until the daemon closes its end or dies."""
        with suppress(ConnectionError):  # the daemon was killed while we answered
            while (message := self._receive()) is not None:
                answer = self._obey(message)
                if answer is not None:
                    self._channel.sendall(messages.frame(answer))
        if self._archive is not None:
            self._archive.close()

    def _receive(self) -> Any:
        """Wait for the next message; None at the end, also in the middle of a message."""
        head = self._input.read(messages.LENGTH_BYTES)
        if len(head) < messages.LENGTH_BYTES:
            return None
        length = messages.length(head)
        data = self._input.read(length)
        return messages.unframe(data) if len(data) == length else None

    def _obey(self, message: Any) -> Any:
        archive = self._archive
        if archive is None:
            return self._begin(message)
        match message:
            case messages.Put(batches):
                for name, batch in batches:
                    archive.put(name, batch)
            case messages.Flush(names):
                return archive.flush(names)
            case messages.Bounds(sizes):
                _bound(archive, sizes)
            case messages.Identify(uuids):
                _identify(archive, uuids)
            case messages.Part(name, uuid):
                return archive.part(name, uuid)
            case messages.Rest(name):
                archive.rest(name)
            case messages.Tidy(configured, seen, keep):
                archive.tidy(configured, seen, keep)
        return None

    def _begin(self, message: messages.Ready | messages.Open) -> Any:
        if isinstance(message, messages.Ready):
            return message
        archive = Archive(message.folder, message.keyring, self._files, Syncer(self._files).finish)
        try:
            told = archive.load()
        except Com1Error as error:
            return messages.Refused(str(error))
        self._archive = archive
        return messages.Opened(archive.states(), told)


def _bound(archive: Archive, sizes: dict[str, int]) -> None:
    archive.total = sizes.pop("", archive.total)
    for name, size in sizes.items():
        archive.shelf(name).limit = size


def _identify(archive: Archive, uuids: dict[str, str]) -> None:
    for name, uuid in uuids.items():
        archive.shelf(name).identify(uuid)


def main(descriptor: int, files: Files | None = None) -> None:
    """Run the process."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)  # only the daemon ends this process
    lock()
    raise_descriptor_limit()
    with socket.socket(fileno=descriptor) as channel:
        Scribe(channel, files or Files()).run()


if __name__ == "__main__":
    main(int(sys.argv[1]))
    os._exit(0)  # the daemon waits for that, and the interpreter takes 15 ms to take modules apart

"""A console server as far as a port of it goes: pyserial's server of RFC 2217, over TCP."""

import contextlib
import socket
import threading

import serial
import serial.rfc2217

from ports.ends import PATIENCE


class Wired(serial.Serial):
    """A pty, which has neither modem lines nor breaks: all lines are up, and breaks are noted."""

    held: tuple[bool, ...] = ()
    cts = dsr = ri = cd = True

    def _update_break_state(self) -> None:
        self.held += (self._break_state,)  # type: ignore[attr-defined]  # not in the stubs


class ConsoleServer:
    """One port of a console server: pyserial's side of RFC 2217, and a guest behind a pty."""

    def __init__(self, guest: str) -> None:
        self.serial = Wired(guest, timeout=PATIENCE, baudrate=9600)
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self.listening.getsockname()[1]}"
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._serve)]
        self._threads[0].start()

    def _serve(self) -> None:
        self._connection, _ = self.listening.accept()
        manager = serial.rfc2217.PortManager(self.serial, self)  # type: ignore[arg-type]  # its stubs
        outwards = threading.Thread(target=self._print, args=(manager,))
        outwards.start()
        self._threads.append(outwards)
        with contextlib.suppress(OSError):
            while data := self._connection.recv(1024):
                self.serial.write(b"".join(manager.filter(data)))

    def _print(self, manager: serial.rfc2217.PortManager) -> None:
        with contextlib.suppress(OSError, serial.SerialException, TypeError):
            while data := self.serial.read(self.serial.in_waiting or 1):
                self.write(b"".join(manager.escape(data)))

    def write(self, data: bytes) -> None:
        """Send to the client. For the manager, too."""
        with self._lock, contextlib.suppress(OSError):
            self._connection.sendall(data)

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            with contextlib.suppress(OSError):  # the client has left
                self._connection.shutdown(socket.SHUT_RDWR)
        self._threads[0].join()
        self.serial.cancel_read()
        for thread in self._threads:
            thread.join()
        self._connection.close()
        self.listening.close()
        self.serial.close()

"""TLS from files that may change at any time: a pair that does not fit changes nothing."""

import asyncio
import os
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Final


LOOK_SECONDS: Final = 5.0
"""Between two looks at the files. A renewed certificate has weeks."""


class Certificate:
    """The context for new connections. Open ones keep theirs."""

    def __init__(self, chain: Path, key: Path, client_ca: Path | None = None) -> None:
        """Read the files. Raises `OSError` (`ssl.SSLError` is one) where they do not fit."""
        self._chain, self._key, self._client_ca = chain, key, client_ca
        self._seen = self._stamp()
        self.context = self._read()
        """What TLS is spoken with at present."""

    async def watch(self, told: Callable[[str], None]) -> None:
        """Take changed files over, until cancelled; `told` gets `ok`, or why they are not taken."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if (outcome := await asyncio.to_thread(self.look)) is not None:
                told(outcome)

    def look(self) -> str | None:
        """Look once. Blocks on the disk. None where nothing has changed."""
        try:
            stamp = self._stamp()
            if stamp == self._seen:
                return None
            self._seen = stamp
            self.context = self._read()
        except OSError as error:
            return str(error)
        return "ok"

    def _stamp(self) -> list[tuple[int, int, int]]:
        stats = [os.stat(path) for path in (self._chain, self._key)]  # noqa: PTH116 - both at once
        return [(one.st_mtime_ns, one.st_size, one.st_ino) for one in stats]

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        # Without a word of ours, OpenSSL would ask a terminal for the key's, and wait.
        context.load_cert_chain(self._chain, self._key, password="")
        if self._client_ca is not None:
            context.load_verify_locations(self._client_ca)
            context.verify_mode = ssl.CERT_OPTIONAL
        return context

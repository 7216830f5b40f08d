"""A daemon to be killed: `python printing.py FOLDER` logs what follows from the offset alone.

It says on its standard output up to where the log is known to be on the disk.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from com1d.bootlog.library import Library
from com1d.core.stream.ring import Ring


LOG_SIZE = 256 << 10
CHUNK = 1000
"""Bytes printed at once, a thousand times a second: a hundred times line rate."""


def text_at(offset: int, length: int) -> bytes:
    """Give what a guest prints from `offset` on: every eight bytes are their own number."""
    first, last = offset // 8, (offset + length) // 8 + 1
    text = b"".join(number.to_bytes(8, "big") for number in range(first, last))
    return text[offset - first * 8 :][:length]


async def main(folder: Path) -> None:
    library = Library(folder, record=lambda _: None)
    await library.open()
    store = library.store("web01", LOG_SIZE)
    ring = Ring(65536, base=store.end)
    store.attach(ring)
    told = -1
    while True:
        data = text_at(ring.end, CHUNK)
        ring.append(data)
        store.take(data)
        if store.past.end != told:
            told = store.past.end
            sys.stdout.write(f"{told}\n")
            sys.stdout.flush()
        await asyncio.sleep(0.001)


if __name__ == "__main__":
    uvloop.run(main(Path(sys.argv[1])))

"""The FIFOs that VMs need to start, written down for the next boot of the host.

QEMU does not start without the FIFOs of its `pipe:` port, and /run is empty after a boot. So that
no VM waits for this daemon, which may have a wrong configuration by then, com1d-guests.service
makes them before any VM starts: a run of systemd-tmpfiles over this list, in tmpfiles.d(5)'s words.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from com1d.config import Config
from com1d.ports.places import DIRECTORY_MODE, NODE_MODE


NAME: Final = "guests.conf"
"""In the state directory."""

HEAD: Final = "# Written by com1d for com1d-guests.service. Changes are lost.\n"


def write(config: Config, group: int) -> None:
    """Write the list of `config`, whose VMs are in `group`, unless it is there already.

    Blocks. Raises `OSError`.
    """
    path = config.daemon.state_dir / NAME
    text = HEAD + "".join(_rules(config, group))
    if path.is_file() and path.read_text(errors="replace") == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(text)
    with fresh.open() as file:
        os.fsync(file.fileno())
    fresh.rename(path)


def _rules(config: Config, group: int) -> Iterator[str]:
    """Give the rules: directories, each before what is in it, then the FIFOs."""
    bases = [
        Path(os.path.realpath(one.port.target))
        for one in config.consoles.values()
        if one.port.kind == "pipe"
    ]
    top = Path(os.path.realpath(config.daemon.runtime_dir))
    folders = {folder for base in bases for folder in base.parents if top in folder.parents}
    for folder in sorted(folders):
        yield _rule("d", folder, DIRECTORY_MODE, group)
    for base in bases:
        for end in ("in", "out"):
            yield _rule("p", Path(f"{base}.{end}"), NODE_MODE, group)


def _rule(kind: str, path: Path, mode: int, group: int) -> str:
    """Write a rule. The colons say: only where it is missing, since a VM may hold what is there."""
    return f"{kind} {_quoted(str(path))} :{mode:04o} :{os.geteuid()} :{group} -\n"


def _quoted(path: str) -> str:
    """Write a path so that neither blanks nor specifiers mean anything."""
    path = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{path}"'

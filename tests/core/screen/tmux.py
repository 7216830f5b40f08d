"""A real terminal emulator to compare with: panes of one tmux server, without a user."""

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self


ABORT = b"\x18"
"""CAN: whatever sequence a stream has left unfinished ends here."""

AFRESH = ABORT + b"\x1b[?1049l\x1b[?1;1000;1002;1003;1006;2004l\x1b[20l\x1bc"
"""Leaves a pane as it was at first."""

STATE = (
    "#{cursor_x},#{cursor_y} #{alternate_on} #{insert_flag} #{origin_flag} #{wrap_flag} "
    "#{scroll_region_upper}-#{scroll_region_lower} #{keypad_cursor_flag} #{cursor_flag} "
    "#{mouse_any_flag}#{mouse_sgr_flag} #{pane_tabs}"
)


class Tmux:
    """A server of which all panes have the same size."""

    def __init__(self, folder: Path, rows: int, columns: int, panes: int = 2) -> None:
        """Start it with so many panes, which show what is written to them."""
        self._program = ["tmux", "-S", str(folder / "s"), "-f", "/dev/null", "-u"]
        self._columns = columns
        self._writers = []
        for pane in range(panes):
            fifo = folder / str(pane)
            os.mkfifo(fifo)
            command = f"stty raw -echo; exec cat {fifo}"
            size = ["-x", str(columns), "-y", str(rows)]
            subprocess.run(
                [*self._program, "new-session", "-d", *size, command],
                env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"},
                check=True,
            )
            self._writers.append(fifo.open("wb", buffering=0))
        self._control = subprocess.Popen(
            [*self._program, "-C", "attach", "-f", "no-output,ignore-size"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip
        self._count = 0
        self._ask("set -g status off")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        subprocess.run([*self._program, "kill-server"], check=True)
        self._control.communicate()
        for writer in self._writers:
            writer.close()

    def show(self, pane: int, data: bytes) -> tuple[list[str], str]:
        """Show these bytes; give the rows, with their attributes, and the state."""
        self._count += 1
        mark = f"shown-{self._count}"
        self._writers[pane].write(data + ABORT + b"\x1b]2;%b\x07" % mark.encode())
        while [mark] != self._ask(f"display -p -t %{pane} '#{{pane_title}}'"):
            pass
        rows = self._ask(f"capture-pane -p -e -t %{pane}")
        (state,) = self._ask(f"display -p -t %{pane} '{STATE}'")
        return rows, state

    def _ask(self, command: str) -> list[str]:
        """Give the lines that a command says. Those of the first, the greeting, come before."""
        said: list[str] = []
        self._control.stdin.write(command.encode() + b"\n")
        self._control.stdin.flush()
        inside = False
        for raw in self._control.stdout:
            line = raw.decode().rstrip("\n")
            if line.startswith("%begin ") and line.endswith(" 1"):
                inside = True
            elif line.startswith(("%end ", "%error ")) and inside:
                assert line.startswith("%end "), said
                break
            elif inside:
                said.append(line)
        return said

"""One command of `com1` in this process, against one answer."""

import json
from pathlib import Path
from typing import Any

from com1d.frontends.cli import main
from frontends.double import answering, response


def ask(
    run_dir: Path, *arguments: str, answer: bytes = b"{}", head: str = ""
) -> tuple[int, str, Any]:
    """Run `com1` in here against one answer; give its exit code and what it asked."""
    with answering(run_dir / "s", response(answer, head=head)) as heard:
        code = main(["--socket", str(run_dir / "s"), *arguments])
    start, _, body = heard[0].partition(b"\r\n\r\n")
    return code, start.split(b" HTTP/1.1", 1)[0].decode(), json.loads(body) if body else None

"""`com1d trace`, `slo` and `report`, as processes beside a running daemon."""

import asyncio
import json
import stat
import sys
import tarfile
from argparse import ArgumentTypeError
from pathlib import Path

import pytest

from com1d.tools.report import PARTS
from com1d.tools.window import window
from house import PATIENCE, running


MARK = b"guest-secret-4711"
"""What the guest prints, in every way that com1d shows anywhere."""

KEY = "key-secret-4712"
"""What the configuration holds and nobody may see."""

pytestmark = pytest.mark.one_loop


def configured(run_dir) -> str:
    path = run_dir / "com1d.toml"
    path.write_text(
        f'[daemon]\nruntime_dir = "{run_dir}/run"\nstate_dir = "{run_dir}/state"\n'
        f'log_dir = "{run_dir}/log"\nmetrics = ""\n[consoles.a]\nport = "pipe:{run_dir}/guests/a"\n'
        f'[[hooks]]\nstate = "kernel-panic"\nrun = ["/bin/echo", "{KEY}"]\n'
    )
    return str(path)


async def com1d(*arguments: str) -> tuple[int, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "com1d", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    async with asyncio.timeout(PATIENCE):
        out, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), errors.decode()


async def test_trace(run_dir):
    """A line for each piece and a summary; as JSON, what the daemon said."""
    config = configured(run_dir)
    async with running(run_dir, "a") as house:
        guest = house.guest("a").start()
        await house.up("a")
        tracing = asyncio.create_task(com1d("trace", "a", "--seconds", "2", "--config", config))
        await house.until(lambda: house.service.consoles["a"].fanout.is_traced)
        guest.print(b"12345")
        code, out, _ = await tracing
        unknown = await com1d("trace", "nobody", "--config", config)
        guest.stop()

    assert 0 == code
    assert out.splitlines()[1].split()[:3] == ["0", "5", "quiet"]
    assert "1 pieces in 2 s" in out
    assert 1 == unknown[0]
    assert unknown[2].startswith("com1d: not-found: ")


async def test_slo(run_dir):
    """In words, and as JSON; without a daemon it is told that none answers."""
    config = configured(run_dir)
    async with running(run_dir, "a"):
        words = await com1d("slo", "--window", "5min", "--config", config)
        code, out, _ = await com1d("slo", "--json", "--config", config)
    gone = await com1d("slo", "--config", config)

    assert 0 == words[0] == code
    assert "delivered within 5 ms  nothing was printed of 0 bytes" in words[1]
    assert 0 == json.loads(out)["delivered_bytes"]
    assert 69 == gone[0]
    assert "does not answer" in gone[2]


@pytest.mark.parametrize("text", ["", "0s", "2d", "5", "1w", "-1h", "99999h"])
def test_a_window_has_bounds(text: str):
    """A day at most; and what is no time is said to be none."""
    assert 5400 == window("90min")
    with pytest.raises(ArgumentTypeError, match="no time such as"):
        window(text)


async def test_a_report_has_no_byte_of_a_guest_and_no_secret(run_dir):
    """Whatever the guest prints and wherever com1d quotes it; it says what is in it."""
    config, target = configured(run_dir), run_dir / "report.tar.gz"
    async with running(run_dir, "a", guest="linux") as house:
        guest = house.guest("a").start()
        await house.up("a")
        guest.print(b"\r\n" + MARK + b" login: ")
        await house.until(lambda: "login" == house.service.consoles["a"].watch.state.value)
        shown = (await house.get("/v1/consoles/a")).body
        code, out, errors = await com1d("report", str(target), "--config", config)
        again = await com1d("report", str(target), "--config", config)
        guest.stop()
    with tarfile.open(target) as archive:
        members = {Path(one.name).name: archive.extractfile(one).read() for one in archive}

    assert MARK in shown
    assert (0, "") == (code, errors)
    assert {*PARTS, "CONTENTS"} == set(members)
    assert all(f"\n{part} " in f"\n{out}" for part in PARTS)
    for name, content in members.items():
        assert MARK not in content, name
        assert KEY.encode() not in content, name
        assert not content.startswith(b"not to be had"), content
    assert b'com1d_guest_state{console="a",state="login"} 1' in members["metrics.txt"]
    assert b"daemon.started" in members["log.jsonl"]
    assert 0o600 == stat.S_IMODE(target.stat().st_mode)
    assert 1 == again[0]


async def test_a_report_without_a_daemon(tmp_path):
    """What is to be had is in it; of the rest, why not."""
    config, target = configured(tmp_path), tmp_path / "r.tar.gz"
    code, _, _ = await com1d("report", str(target), "--config", config)
    with tarfile.open(target) as archive:
        (member,) = [one for one in archive if one.name.endswith("metrics.txt")]
        text = archive.extractfile(member).read()

    assert 0 == code
    assert text.startswith(b"not to be had: com1d does not answer")

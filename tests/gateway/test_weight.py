"""What a stream that is silent weighs in the gateway."""

import importlib.util
import sys
from pathlib import Path

import pytest


BENCH = Path(__file__).parents[2] / "bench"
STREAMS = 200
KIB_EACH = 20
"""It takes 12; more is somebody's mistake."""


@pytest.fixture
def bench(monkeypatch):
    """Load the measurement: bench is no package."""
    monkeypatch.syspath_prepend(str(BENCH))
    spec = importlib.util.spec_from_file_location("gateway_bench", BENCH / "gateway.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module
    sys.modules.pop("procs", None)


@pytest.mark.one_loop
async def test_two_hundred_idle_streams(bench, run_dir):
    """Both ends of each, with all that is kept of its user."""
    with bench.both(run_dir) as pid:
        await bench.attach(10, run_dir)
        before = bench.procs.resident_kib([pid])
        streams = await bench.attach(STREAMS, run_dir)
        grown = bench.procs.resident_kib([pid]) - before
        for stream in streams:
            stream.transport.abort()

    assert grown / STREAMS < KIB_EACH

"""What a key and a byte cost, in calls: counts, which do not depend on the machine.

`bench/walks.py` shows the walks; ARCHITECTURE.md has them in a table.
"""

import importlib.util
from pathlib import Path

import com1d


ROOT = Path(__file__).resolve().parents[1]
PACKAGE = f"{Path(com1d.__file__).parent}/"

KEY_BEFORE_WRITE = 20
KEY = 26
BYTE = 13
"""Own calls at most. One more may be worth it, but nobody shall add it unawares: of a byte's, one
counts the tick in the histogram of deliveries."""


def loaded():
    """Load the program: bench is no package."""
    spec = importlib.util.spec_from_file_location("walks", ROOT / "bench" / "walks.py")
    assert spec is not None
    assert spec.loader is not None
    walks = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(walks)
    return walks


async def test_a_key_and_a_byte_cost_no_more_calls_than_they_need():
    """A key goes down to the port without a question upwards, and nothing of SAC runs for Linux."""
    walks = loaded()
    byte, key = (await walks.trace(PACKAGE)).values()
    names = {name for name, _, _ in key.steps}

    assert key.write_at <= KEY_BEFORE_WRITE, key.steps
    assert len(key.steps) <= KEY, key.steps
    assert len(byte.steps) <= BYTE, byte.steps
    assert 0 == walks.upward(key, walks.layers(ROOT))
    assert not {name for name in names if "sac" in name or "caution" in name}

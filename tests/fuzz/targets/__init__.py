"""What is fuzzed, by name: one module for each input, with `target` and `SEEDS`.

`target(data)` raises for whatever must not happen, and returns nothing. `SEEDS` are the inputs that
fuzzing begins with: one of each kind, short and readable.
"""

NAMES = (
    "http", "websocket", "operations", "configuration", "typing", "guest", "screen", "steps", "qmp",
    "audit", "echo", "gateway",
)  # fmt: skip

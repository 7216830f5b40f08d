"""Something to find, for the test of the harness: chance alone would take 256**4 inputs."""

SEEDS = (b"dir\r",)


def target(data: bytes) -> None:
    """Fail for what begins with `SAC>`, which is reached byte by byte."""
    if data[:1] == b"S" and data[1:2] == b"A" and data[2:3] == b"C":
        assert data[3:4] != b">"

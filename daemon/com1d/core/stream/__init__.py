"""The movement of bytes: ring, gears, transmit queue, pacing, rhythm, back-off, telnet."""

"""What moves bytes: ring, gears, transmit queue, pacing, rhythm, back-off."""

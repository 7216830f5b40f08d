"""What moves bytes: ring, transmit queue, pacing, rhythm, back-off."""

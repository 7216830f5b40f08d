"""From one process to the next: what is handed over, how it is written, and the two ends."""

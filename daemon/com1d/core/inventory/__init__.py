"""Which consoles there are."""

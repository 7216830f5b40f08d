"""The texts that `com1` prints: made safe, as tables, as moments, and for the daemon's events."""

"""From a client's keys to the line."""

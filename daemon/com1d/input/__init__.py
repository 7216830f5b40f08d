"""Input: from a client's keys to the line."""

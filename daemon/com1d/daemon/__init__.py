"""The composition root: it builds everything, runs it, and takes it down in the reverse order."""

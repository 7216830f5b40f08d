"""The audit: who did what, as a chain of lines on the disk."""

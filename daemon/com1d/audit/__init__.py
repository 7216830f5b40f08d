"""The audit: a chain of lines on the disk."""

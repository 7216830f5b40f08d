"""Access: who the caller is, and what he may do."""

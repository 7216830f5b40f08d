"""Who is active."""

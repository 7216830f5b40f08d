"""What `com1` prints: texts made safe, tables, moments, and what the daemon's events say."""

"""Thin clients of the daemon's sockets. Of the house they know `wire` and `errors`, no more."""

"""Thin clients of the daemon's sockets. They import only `wire` and `errors` of the rest."""

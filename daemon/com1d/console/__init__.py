"""One console with its raw sockets, and all consoles."""

"""How browsers get in: sockets, TLS, and the limits before a request is whole."""

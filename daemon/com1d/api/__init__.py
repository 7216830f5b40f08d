"""HTTP and WebSocket on com1d.sock: a module per path or verb."""

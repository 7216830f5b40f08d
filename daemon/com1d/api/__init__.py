"""HTTP and WebSocket on com1d.sock: connections, routes, and what answers each path."""

"""A client: a cursor into the stream, and a socket."""

"""The I/O shell: the poll loop, the clients, the API, the composition root."""

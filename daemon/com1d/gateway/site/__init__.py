"""What a browser asks for: the page, and the daemon's answers."""

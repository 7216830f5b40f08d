"""One console, its doors, and all of them."""

"""Keys by name, as terminals send them, and as guests know them."""

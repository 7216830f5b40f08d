"""Sessions of a console: who has the seat, and what happens between two of them."""

"""A person at a terminal: keys in, the guest's output and the menu out."""

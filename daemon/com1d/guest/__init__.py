"""The guest's state, the VM that it runs in, and hooks on its states."""

"""What the guest does, and the VM that it runs in."""

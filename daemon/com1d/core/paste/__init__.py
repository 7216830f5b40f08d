"""A paste: its limit, its parts, and what the guest echoed of it."""

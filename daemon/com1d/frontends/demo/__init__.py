"""`com1 demo`: a private daemon with a guest, and the check that goes through it."""

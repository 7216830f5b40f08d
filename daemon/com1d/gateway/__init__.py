"""`com1-web`: a browser's way to the daemon. It signs people in, and passes on what they ask."""

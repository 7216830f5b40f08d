"""`com1d doctor`: looks at a host as an operator would, and says how each thing is put right."""

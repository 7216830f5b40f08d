"""Manual pages, made of what the programs themselves say: parsers, settings, and PROTOCOL.md."""

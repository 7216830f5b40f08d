"""What `web.toml` sets."""

"""The daemon's offline commands."""

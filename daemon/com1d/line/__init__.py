"""One open port: read in gears, written at its rate, opened again when it is lost."""

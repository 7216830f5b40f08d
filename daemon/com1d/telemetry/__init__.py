"""Telemetry: facts become log lines here, and counters the metrics page."""

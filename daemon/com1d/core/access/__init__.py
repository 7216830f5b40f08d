"""Roles, the order of tests, switches, the audit's chain, globs."""

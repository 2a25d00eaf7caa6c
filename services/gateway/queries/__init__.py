"""Reads over several services."""

"""Reads: one module per noun, on the read-only session."""

"""Reads, a module for each noun, on the read-only session."""

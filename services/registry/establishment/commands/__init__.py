"""Writes; each runs in the transaction of its caller."""

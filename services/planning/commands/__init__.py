"""Writes, one module per noun; each runs in the transaction of its caller."""

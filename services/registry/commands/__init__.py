"""Writes: one module per noun. Each runs in the transaction of its caller."""

"""Writes, a module for each noun; each runs in the transaction of its caller."""

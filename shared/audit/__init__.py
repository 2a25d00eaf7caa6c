"""Audit of what is read and written of individuals: entries, their people, seals in a hash chain."""

"""Org units: created, placed in the tree, reorganised."""

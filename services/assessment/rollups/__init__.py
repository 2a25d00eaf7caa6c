"""Figures of groups of people up the tree of units."""

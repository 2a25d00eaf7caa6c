"""Indicators: shares of people, their sums up the tree, and what of them is published."""

"""Posts in bulk."""

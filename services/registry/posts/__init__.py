"""Posts: who holds which role where, and since when."""

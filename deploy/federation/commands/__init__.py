"""``steward federation``."""

"""Publishing totals of plans, and releasing them."""

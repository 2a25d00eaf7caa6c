"""People and leavers in bulk."""

"""What indicators should reach."""

"""Facts of people who turn out to be one, and of those who are parted again."""

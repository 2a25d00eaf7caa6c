"""What Steward has of a person, as they may see it, in one file."""

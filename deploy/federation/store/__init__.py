"""What an instance stores of its federation, and the files that operators exchange."""

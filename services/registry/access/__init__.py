"""Who sees and changes which people."""

"""Framework versions, the instruments made from them, and role profiles."""

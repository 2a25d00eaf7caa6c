"""How many posts and staff a unit is meant to have, and how many it has."""

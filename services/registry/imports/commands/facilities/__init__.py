"""A master facility list, loaded as units."""

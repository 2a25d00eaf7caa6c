"""How consistently an instrument measures."""

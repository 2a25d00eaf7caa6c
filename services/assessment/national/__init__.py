"""At a hub: scores of the nation, from what regions publish."""

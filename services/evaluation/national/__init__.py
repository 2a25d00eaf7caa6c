"""At a hub: indicators of the nation, from what regions publish."""

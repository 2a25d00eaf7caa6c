"""At a hub: plans of the nation, from what regions publish."""

"""At a hub: units and headcounts of the nation, from what regions publish."""

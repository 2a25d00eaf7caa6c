"""Statistical disclosure control: what may be published about few people. README.md has the rule."""

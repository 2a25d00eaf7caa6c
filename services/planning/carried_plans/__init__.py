"""Plans that people bring from other regions: theirs to read, and of no figure here."""

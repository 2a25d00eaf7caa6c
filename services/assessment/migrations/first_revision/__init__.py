"""Tables of the first revision, by subject. Frozen: later revisions change them."""

"""Tables that several services' first revisions make alike. Frozen: later revisions change them."""

"""Registry as the other services see it: who works where, kept up to date by its events, and who may do what."""

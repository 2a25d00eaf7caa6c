"""Clients of the instance's own: programs with credentials, and the access tokens that they get for them."""

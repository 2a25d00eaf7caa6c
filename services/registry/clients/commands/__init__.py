"""Clients registered, changed and revoked; their secrets, tokens and the keys that sign these."""

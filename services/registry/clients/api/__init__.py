"""Clients and their secrets for administrators; the token endpoint for the clients."""

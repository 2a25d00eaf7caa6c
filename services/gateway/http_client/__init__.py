"""Requests to the services over connections that are kept open."""

"""Writes of SCIM users; each runs in the transaction of its caller."""

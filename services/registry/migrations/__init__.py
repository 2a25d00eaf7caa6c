"""Revisions of the schema, and what the first one makes."""

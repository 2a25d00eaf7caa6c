"""Reads of SCIM users and groups, filters as SQL."""

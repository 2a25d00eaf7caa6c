"""Responses of raters, one by one and in bulk."""

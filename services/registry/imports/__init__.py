"""Bulk loads with a line-by-line report: facilities, people, posts."""

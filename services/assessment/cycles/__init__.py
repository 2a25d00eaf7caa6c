"""Rounds of assessment: drafted, opened, closed, followed up."""

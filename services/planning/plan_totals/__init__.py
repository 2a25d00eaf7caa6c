"""Totals of plans that go up to a hub."""

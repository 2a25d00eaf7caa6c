"""Contracts of import-linter that it does not ship, and their tests."""

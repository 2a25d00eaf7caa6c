"""Indicators and their definitions."""

"""Roles, with their level and setting."""

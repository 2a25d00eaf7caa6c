"""A hub and two regions on one machine."""

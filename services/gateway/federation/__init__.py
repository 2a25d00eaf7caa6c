"""Regions and their hub: heartbeats, bridges between accounts, and how far figures have come."""
